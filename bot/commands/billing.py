"""``xiaoshui billing …``: the work of the business office, one group a subject."""

import typer

from bot.commands import (
    accounts,
    billing_adjustments,
    billing_books,
    billing_corrections,
    billing_export,
    billing_invoices,
    billing_jobs,
    billing_keys,
    billing_reconcile,
    billing_refunds,
    billing_run,
    billing_tariffs,
    dunning,
    orders,
    outage,
)
from bot.commands.readings import estimate, import_readings

app = typer.Typer(no_args_is_help=True)
app.add_typer(accounts.app, name="account", help="户号:结清、换表、旧号")
app.add_typer(outage.app, name="outage", help="停水:发布、延长、结束")
app.add_typer(orders.app, name="order", help="工单:查看、派单、补材料、审批、办结")
app.add_typer(billing_jobs.app, name="job", help="定时任务:查看、手动运行")
app.add_typer(billing_keys.app, name="key", help="接口密钥:发放、查看、吊销")
app.add_typer(dunning.app, name="dun")
app.add_typer(billing_adjustments.app, name="adjust", help="调账:申请、查看、审批")
app.add_typer(billing_adjustments.write_off_app, name="write-off", help="核销收不回的欠费,恢复核销")
app.add_typer(dunning.late_fee, name="late-fee", help="违约金:申请和审批减免")
app.command("import-readings", help="导入抄表读数(CSV 或 Excel),先用 --dry-run 检查")(
    import_readings
)
app.command("estimate", help="出账前给没有读数的表估抄,连续估抄的开复抄工单")(estimate)
billing_tariffs.add_to(app)
billing_run.add_to(app)
billing_books.add_to(app)
billing_export.add_to(app)
billing_reconcile.add_to(app)
app.add_typer(billing_invoices.app, name="invoice", help="发票:查看、人工登记")
app.add_typer(billing_refunds.app, name="refund", help="退款:提出、复核")
billing_corrections.add_to(app)
