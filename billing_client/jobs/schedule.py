"""What the clock starts: every periodic job of billing, in one place."""

from procrastinate import App

from billing_client.jobs.duties import Duties

QUEUE = "billing"
# Six fields, the sixth is seconds: croniter's form, which procrastinate reads.
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"
EVERY_HALF_HOUR = "*/30 * * * *"
EVERY_MORNING = "0 9 * * *"
AFTER_MIDNIGHT = "5 0 * * *"
# Bills are ready from ten; one that is late is asked for again.
EVERY_HOUR_BY_DAY = "20 10-20 * * *"
EVERY_NIGHT = "10 3 * * *"


def add_tasks(queue: App, duties: Duties) -> None:
    """Register the jobs. The queueing lock keeps a slow run from piling up behind itself."""
    _add_account_tasks(queue, duties)
    _add_paper_tasks(queue, duties)

    @queue.periodic(cron=EVERY_TEN_SECONDS)
    @queue.task(name="sweep_orders", queue=QUEUE, queueing_lock="sweep_orders", lock="sweep")
    async def sweep_orders(timestamp: int) -> None:
        await duties.sweep_orders()

    @queue.periodic(cron=EVERY_MINUTE)
    @queue.task(name="sweep_contracts", queue=QUEUE, queueing_lock="sweep_contracts")
    async def sweep_contracts(timestamp: int) -> None:
        await duties.sweep_contracts()

    @queue.periodic(cron=EVERY_MINUTE)
    @queue.task(name="run_autopay", queue=QUEUE, queueing_lock="run_autopay", lock="autopay")
    async def run_autopay(timestamp: int) -> None:
        await duties.run_autopay()

    @queue.periodic(cron=AFTER_MIDNIGHT)
    @queue.task(name="keep_instalments", queue=QUEUE, queueing_lock="keep_instalments")
    async def keep_instalments(timestamp: int) -> None:
        await duties.keep_instalments()

    # Often, so that who has paid gets the water back soon; each step is taken once all the same.
    @queue.periodic(cron=EVERY_HALF_HOUR)
    @queue.task(name="dun", queue=QUEUE, queueing_lock="dun", lock="dun")
    async def dun(timestamp: int) -> None:
        await duties.dun()

    @queue.periodic(cron=EVERY_NIGHT)
    @queue.task(name="prove_books", queue=QUEUE, queueing_lock="prove_books", lock="prove")
    async def prove_books(timestamp: int) -> None:
        await duties.prove_books()

    @queue.periodic(cron=EVERY_NIGHT)
    @queue.task(name="forget_jobs", queue=QUEUE, queueing_lock="forget_jobs")
    async def forget_jobs(timestamp: int) -> None:
        await queue.job_manager.delete_old_jobs(nb_hours=24)


def _add_account_tasks(queue: App, duties: Duties) -> None:
    """What a new day brings to accounts, and rows that are past their time."""

    @queue.periodic(cron=AFTER_MIDNIGHT)
    @queue.task(name="renew_accounts", queue=QUEUE, queueing_lock="renew_accounts")
    async def renew_accounts(timestamp: int) -> None:
        await duties.renew_accounts()

    @queue.periodic(cron=EVERY_MORNING)
    @queue.task(name="remind_of_due_bills", queue=QUEUE, queueing_lock="remind_of_due_bills")
    async def remind_of_due_bills(timestamp: int) -> None:
        await duties.remind_of_due_bills()

    @queue.periodic(cron=EVERY_NIGHT)
    @queue.task(name="let_go", queue=QUEUE, queueing_lock="let_go")
    async def let_go(timestamp: int) -> None:
        await duties.let_go()


def _add_paper_tasks(queue: App, duties: Duties) -> None:
    """E-invoices and refunds on their way."""

    @queue.periodic(cron=EVERY_TEN_SECONDS)
    @queue.task(name="sweep_invoices", queue=QUEUE, queueing_lock="sweep_invoices")
    async def sweep_invoices(timestamp: int) -> None:
        await duties.sweep_invoices()

    @queue.periodic(cron=EVERY_TEN_SECONDS)
    @queue.task(name="sweep_refunds", queue=QUEUE, queueing_lock="sweep_refunds")
    async def sweep_refunds(timestamp: int) -> None:
        await duties.sweep_refunds()

    @queue.periodic(cron=EVERY_HOUR_BY_DAY)
    @queue.task(name="reconcile_yesterday", queue=QUEUE, queueing_lock="reconcile_yesterday")
    async def reconcile_yesterday(timestamp: int) -> None:
        await duties.reconcile_yesterday()
