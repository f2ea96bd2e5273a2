# Targets: env, demo, demo-long, study, league, bench, docs, test, lint, clean.
# If empty, make env uses the newest supported Python that works.
PYTHON ?=
VENV ?= .venv
BIN := $(VENV)/bin
DOCS_VENV ?= .venv-docs
DATA ?= data/soundingshapes
WORK ?= work_dirs/demo
CONFIG := configs/mmssl_soundingshapes.py
# Cores that this process may use. Recipes evaluate this, after the environment is built.
WORKERS ?= $(shell $(BIN)/python -P mmssl/threads.py)
# Options for pytest, such as -m numeric.
TESTS ?=
# Clips and epochs of the demo. CI uses fewer, demo-long more.
CLIPS ?= --train 1600 --val 160 --test 200 --pairs 50
EPOCHS ?= 15

.PHONY: env demo demo-long study league bench docs test lint clean

# An existing environment stays if it works. A PYTHON of another version is then refused.
env:
	@sh tools/make_venv.sh $(VENV) "$(PYTHON)"
	@$(MAKE) --silent $(VENV)/.complete

# In compat mode the package is found on sys.path, also from the folder above a clone named mmssl.
$(VENV)/.complete: requirements/lock.txt setup.py pyproject.toml
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --no-deps -r requirements/lock.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e . \
		--config-settings editable_mode=compat
	touch $@

demo: env
	$(BIN)/python tools/data/render_soundingshapes.py $(DATA) $(CLIPS) --workers $(WORKERS)
	$(BIN)/python tools/train.py $(CONFIG) --work-dir $(WORK) --data-root $(DATA) --resume \
		--epochs $(EPOCHS)
	$(BIN)/python tools/test.py $(CONFIG) $(WORK)/epoch_$(EPOCHS).pth \
		--work-dir $(WORK)/test --data-root $(DATA) --metrics acc ciou auc
	$(BIN)/python tools/analysis_tools/show_results.py $(CONFIG) $(WORK)/epoch_$(EPOCHS).pth \
		--data-root $(DATA) --out $(WORK)/results
	$(BIN)/mmssl localize $(DATA)/videos/paira000000_000000.mp4 \
		$(DATA)/videos/pairb000000_000000.mp4 $(WORK)/epoch_$(EPOCHS).pth --out $(WORK)/results

# The network of the shipped checkpoint on more clips, for longer.
demo-long:
	$(MAKE) --no-print-directory demo DATA=data/soundingshapes-long WORK=work_dirs/demo-long \
		CONFIG=configs/mmssl/mmssl_soundingshapes_large.py \
		CLIPS="--train 5000 --val 160 --test 400 --pairs 100" EPOCHS=18

# An interrupted study continues. It writes docs/explanation/study.md. STUDY holds options of projects/study.
study: env
	$(BIN)/python -m projects.study --workers $(WORKERS) $(STUDY)

# An interrupted league continues. It writes docs/explanation/league.md. LEAGUE holds options of projects/league.
league: env
	$(BIN)/python -m projects.league --workers $(WORKERS) $(LEAGUE)

# Repeat the benchmarks of docs/reference/measured.md. This takes an hour and a half.
bench: env
	$(BIN)/python benchmarks/run_all.py --page docs/reference/measured.md

# site/index.html opens in a browser from the disk. Its search needs python -m http.server -d site.
docs: $(DOCS_VENV)/.complete
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --strict

$(DOCS_VENV)/.complete: requirements/docs.txt
	@sh tools/make_venv.sh $(DOCS_VENV) "$(PYTHON)"
	$(DOCS_VENV)/bin/pip install --quiet --no-deps -r requirements/docs.txt
	touch $@

test: env
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --no-loadscope-reorder \
		$(TESTS)

# Style, spelling and types. tests/package/test_prose.py checks sentences.
lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(DOCS_VENV) site data/soundingshapes data/soundingshapes-long data/ci \
		work_dirs/demo work_dirs/demo-long work_dirs/study work_dirs/league work_dirs/ci work_dirs/ci-avx2 work_dirs/ci-sse
