# 小水. `make run` starts everything, `make test` checks everything, `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# One locked environment with a Python that is there; never download one.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
# Compiled modules are kept: they halve the start.
unexport PYTHONDONTWRITEBYTECODE

RUN = $$(scripts/uv) run --frozen --no-sync
XIAOSHUI = .venv/bin/xiaoshui

.PHONY: help run chat test test-fast lint format fuzz bench bench-billing mutation data-model demo-reset clean sync sync-dev

help: ## 列出全部命令
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: sync ## 启动小水:数据库、演示城市、模型、网关和会话进程,Ctrl-C 全部停止
	@exec $(XIAOSHUI) run

chat: $(XIAOSHUI) ## 在终端里和正在运行的小水聊天;make chat AS=bound-unpaid 以演示客户的身份
	@exec $(XIAOSHUI) chat $(if $(AS),--as '$(AS)')

test: sync-dev ## 全部检查和测试:格式、类型、依赖规则、流程、单元、对话、集成、浏览器
	@scripts/browser
	@$(MAKE) --no-print-directory lint
	@$(RUN) xiaoshui flows check
	@$(RUN) xiaoshui rasa data validate
	@$(RUN) pytest

test-fast: sync-dev lint ## 快速检查:格式、类型、依赖规则、单元测试
	@$(RUN) pytest tests/unit

lint: sync-dev ## 只检查格式、类型和依赖规则
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) basedpyright
	@$(RUN) lint-imports

format: sync-dev ## 按统一格式整理代码
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

fuzz: sync-dev ## 向每个渠道的入口发十万个乱来的请求(FUZZ_REQUESTS=次数)
	@FUZZ_REQUESTS=$${FUZZ_REQUESTS:-100000} $(RUN) pytest tests/integration/channels/test_fuzz.py

bench: sync-dev ## 和 stock Rasa 并排测速度、内存、训练、启动(首次约半小时,WRITE=1 写进 docs/benchmarks.md)
	@$(RUN) python -m tests.benchmarks $(if $(WRITE),--write)

bench-billing: sync-dev ## 测业务系统:导入读数、出账、查账单、核对(ACCOUNTS=户数,可写几个)
	@$(RUN) python -m tests.benchmarks.billing --accounts $(or $(ACCOUNTS),10000)

data-model: sync-dev ## 按数据库的表结构重画 docs/data-model.md 里的图
	@$(RUN) python -m scripts.data_model
mutation: sync-dev ## 改坏计费规则,看测试是否发现(全部要较长时间;ONLY='billing_client.domain.ledger*' 只试一个模块)
	@$(RUN) --with mutmut==3.8.1 mutmut run $(if $(ONLY),$(foreach one,$(ONLY),'$(one)'),)

demo-reset: $(XIAOSHUI) ## 清空演示数据,重新生成演示城市
	@exec $(XIAOSHUI) demo reset

clean: ## 删除环境、模型、演示数据和缓存
	@scripts/clean

sync:
	@scripts/sync --no-dev --inexact

sync-dev:
	@scripts/sync

$(XIAOSHUI):
	@echo "还没有安装,请先执行 make run。" >&2; exit 1
