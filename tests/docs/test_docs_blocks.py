"""Every block of README and docs is run as it is printed, page by page, in order.

A page's blocks run in a folder of their own that looks like the repository's root
after ``make env``, with small stand-ins of what a reader has (``reader_files``).
``CHECKPOINT`` is the checkpoint that the page trained last, or else a stand-in's.

What differs from the printed text stands in two tables, with reasons: ``SHRUNK`` adds
options to a command, ``PARSED`` runs it only as far as its options. ``COMPILED`` has Python that
is not run. All other
commands run as printed, those of new pages too. A block of Python that consists of
settings is read as a config, and what it describes is built; one whose first line is
``# NAME.py`` is that file, all others are run, with names shared within a page.
JSON is read; ``text`` is nothing to type.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest
from mmengine.config import Config
from packaging.requirements import Requirement

from .. import doc_pages
from ..conftest import ROOT, once
from ..doc_pages import blocks_of, commands_of, simple_words
from ..reader_files import SHIPPED, Rendered, checkout, give, untrained
from ..warm import Outcome, run_words, warm

PAGES = (ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md')))
NAMES = {page.relative_to(ROOT).as_posix(): page for page in PAGES}
LANGUAGES = ('bash', 'python', 'json', 'text')

#: Numbers of clips as in the fixture ``shapes``, whose clips are kept where they lie.
CLIPS = '--train 16 --val 8 --test 8 --pairs 2 --negatives 3 --duration 3'
NARROW = (
    '--cfg-options model.backbone.base_channels=4 model.audio_backbone.width=0.0625 '
    'model.cls_head.visual_channels=32 model.cls_head.audio_channels=32'
)

#: What is added to commands: regular expression of ``PAGE: COMMAND``, options, reason.
#: All that match are added, in this order.
SHRUNK = (
    (
        r': make demo$',
        f"CLIPS='{CLIPS}' EPOCHS=2 WORKERS=1",
        '27 rendered clips and two epochs in the place of 2,108 and 15',
    ),
    (
        r'tools/data/render_soundingshapes\.py data/soundingshapes ',
        f'{CLIPS} --workers 1',
        'a few short clips; processes take longer to start than to render them',
    ),
    (
        r'render_soundingshapes\.py .*--level',
        '--train 2 --val 1 --test 1 --pairs 1 --negatives 3 --turns 1 --duration 3 --workers 1',
        'a few short clips',
    ),
    (r'render_soundingshapes\.py .*--singles', '--singles 8', 'a few short clips'),
    (r'prepare\.py .*--workers 16', '--workers 1', 'four clips'),
    (
        r'tools/train\.py configs/',
        '--cfg-options train_cfg.max_epochs=1 train_dataloader.num_workers=0 '
        'train_dataloader.persistent_workers=False',
        'one epoch of a few clips; its checkpoint is found under the number of the last one, too',
    ),
    (
        r'tools/train\.py configs/(mmssl|audio_distiller)',
        '--cfg-options val_dataloader.num_workers=0',
        'processes take longer to start than to load a few clips',
    ),
    (
        r'tools/test\.py configs/|mmssl (moments|boxes) configs/',
        '--cfg-options test_dataloader.num_workers=0',
        'processes take longer to start than to load a few clips',
    ),
    (
        r'^(?!README).*configs/(test/|mmssl/)?mmssl_vgg',
        NARROW,
        "the paper's networks take minutes; the README's commands run with all of their channels",
    ),
    (
        r'^README.*tools/train\.py configs/mmssl_vggsound\.py',
        '--cfg-options train_dataloader.dataset.pipeline.DecodeClip.duration=1 '
        'val_dataloader.dataset.pipeline.DecodeClip.duration=1',
        "a second of every clip, through the paper's networks with all of their channels",
    ),
    (
        r'^README.*tools/test\.py configs/mmssl_vggsound\.py',
        '--cfg-options test_dataloader.dataset.pipeline.DecodeClip.duration=6',
        'six seconds of every clip: boxes are of the instant at 5 s',
    ),
    (
        r'tools/train\.py configs/\w+/(attention|audio_distill)_r18_vggsound',
        '--cfg-options train_dataloader.batch_size=2',
        'incomplete batches are left out, and there are two clips',
    ),
    (
        r'train(\.py)? configs/\w+/(attention_r18|audio_distill_r18|lvs_r18-small)_soundingshapes',
        '--cfg-options train_dataloader.batch_size=8',
        'incomplete batches are left out, and there are 16 clips',
    ),
    (
        r'tools/train\.py configs/audio_distiller/picture_r18_soundingshapes',
        '--cfg-options train_dataloader.dataset.pipeline.DecodeClip.frame_interval=30',
        'a frame a clip, as printed, of clips of three seconds',
    ),
)

#: What is run as far as its options: regular expression of ``PAGE: COMMAND``, reason.
PARSED = (
    (r': pip install ', 'installs from the index; what is named must be an extra of the package'),
    (r'^docs/.*: make demo$', 'the README has the same command'),
    (r': make demo-long', '`make demo` with other numbers'),
    (r': make study', 'a night of trainings; tests/projects/test_study.py runs a tiny one'),
    (r': make league', 'a night of trainings; tests/projects/test_league.py plans it'),
    (
        r'projects\.league --only',
        'trainings of many minutes; tests/projects/test_league.py plans them',
    ),
    (r'projects\.league --trial', 'many minutes; tests/projects/test_league.py runs its parts'),
    (r': torchrun ', 'eight processes or more; tests/test_end_to_end.py runs two'),
    (r': srun ', 'four machines under slurm'),
    (
        r'run_detr\.py',
        'needs weights that are not here; tests/projects/test_detector.py',
    ),
    (
        r'mmssl (localize|test|boxes) .*open-vocabulary',
        'needs weights that are not here; tests/models/test_open_vocabulary.py has tiny ones',
    ),
    (
        r'open_vocabulary\.md: mmssl (train|localize) ',
        'needs what the command before it writes; tests/models/test_open_vocabulary.py',
    ),
    (
        r'mmssl_vggsounder\.py',
        'needs clips of all 309 classes; tests/evaluation/test_labels.py, tests/test_configs.py',
    ),
    (r'benchmarks/', 'minutes, at the size of the paper'),
    (r'max_batch\.py', 'minutes, at the size of the paper; tests/tools/test_max_batch.py'),
)

#: Python that is only compiled: regular expression of ``PAGE: CODE``, reason.
COMPILED = (
    (
        r"Inferencer\('open-vocabulary'",
        'needs weights that are not here; tests/models/test_open_vocabulary.py has tiny ones',
    ),
    (
        r"_base_ = '/path/to/",
        'a place on the machine of the reader; tests/test_own_training.py has such a config',
    ),
)

#: Visualization backends that are not built, because their packages are not here.
ABSENT = ('TensorboardVisBackend',)

#: What some commands must print: regular expression of ``PAGE: COMMAND``, of a line.
SAYS = (
    (r'tools/train\.py configs/mmssl_vggsound\.py(?! --resume)', r'Epoch\(train\) +\[1\]\[1/1\]'),
    (r'tools/test\.py configs/mmssl_vggsound\.py', r'loc: evaluated 1 of 1 samples'),
    (
        r'tools/test\.py configs/mmssl_vggsound\.py',
        r'loc/ciou( +[01]\.\d{4}){5}',
    ),
    (r'tools/test\.py configs/mmssl_soundingshapes\.py', r'loc: evaluated 8 of 8 samples'),
    (r'tools/data/prepare\.py', r'prepared 4, failed 0'),
    (r'tools/data/check\.py', r'fine +4 +100\.00%'),
    (r'mmssl export', r'maps: \S+ from torch at most'),
)

#: Names that blocks of Python use and do not say where they come from.
READERS_NAMES = """
import numpy
maps = list(numpy.random.default_rng(0).random((3, 7, 7)))
truth = boxes = [numpy.array([[0.1, 0.2, 0.6, 0.7]])] * 3
"""


def written(pages=NAMES):
    """Every command of every page, as the tables' expressions see it."""
    return [
        f'{name}: {command}'
        for name, page in pages.items()
        for block in blocks_of(page)
        if block.language == 'bash'
        for command in commands_of(block.text)
    ]


@pytest.fixture(scope='module')
def rendered(shapes, standin):
    return Rendered(shapes, standin)


@pytest.fixture(scope='module')
def checkpoint(rendered, tmp_path_factory):
    """A checkpoint of the narrowed config of the paper, for pages that train none."""

    def train(folder):
        page = Page('docs/none.md', folder, rendered, None)
        page.prepare('configs/mmssl_vggsound.py')
        page.type('python tools/train.py configs/mmssl_vggsound.py --no-validate', 0)

    return once(tmp_path_factory, 'stand-in', train) / 'work_dirs/mmssl_vggsound/epoch_1.pth'


class Page:
    """A page being typed.

    Args:
        name: Path below the repository's root.
        folder: Where its commands run.
        rendered: Collections.
        checkpoint: Stand-in for one of a model for VGGSound.
    """

    def __init__(self, name, folder, rendered, checkpoint):
        self.name, self.folder = name, folder
        self.rendered, self.checkpoint = rendered, checkpoint

    def prepare(self, text):
        """Have what a reader of these blocks has."""
        checkout(self.folder)
        give(self.folder, text, self.rendered)

    def type(self, command, line):
        """Run a command as printed, but for the tables."""
        matched = f'{self.name}: {command}'
        added = [options for pattern, options, _ in SHRUNK if re.search(pattern, matched)]
        self.place_checkpoint(command)
        parsed = any(re.search(pattern, matched) for pattern, _ in PARSED)
        output = self.run(' '.join([command, *added]), line, parsed)
        for pattern, says in SAYS:
            if not parsed and re.search(pattern, matched) and not re.search(says, output):
                self.judge(Outcome(1, output), f'{command}\nprints no {says!r}', line)

    def run(self, command, line, parsed=False):
        """Run a command; where it is of make, run what make would. Returns what was printed."""
        words = simple_words(command)
        if words and words[0] == 'make':
            recipe = doc_pages.shell(f'{command} --dry-run --no-print-directory', self.folder)
            self.judge(recipe, command, line)
            # Without what make says of itself: that there is nothing to be done.
            steps = [s for s in commands_of(recipe.output) if not s.startswith('make: ')]
            return ''.join(self.run(step, line, parsed) for step in steps)
        outcome = self.parse(words) if parsed else self.execute(words, command)
        self.judge(outcome, command, line)
        if words and not parsed:
            self.name_last_epoch(words)
        return outcome.output

    def execute(self, words, command):
        if words and doc_pages.runs_python(words[0]):
            return warm(run_words, words, folder=self.folder)
        return doc_pages.shell(command, self.folder)

    def parse(self, words):
        """Check a command that is not run."""
        if words[:2] == ['pip', 'install']:
            wrong = [word for word in words[2:] if not is_installable(Requirement(word))]
            return Outcome(len(wrong), f'{wrong} are no extras of the package')
        if words[0] == 'sh':
            return doc_pages.shell(f'sh -n {words[1]}', self.folder)
        if words[0] == 'torchrun':
            from torch.distributed.run import get_args_parser

            args = get_args_parser().parse_args(words[1:])
            words = ['python', args.training_script, *args.training_script_args]
        if words[0] == 'srun':
            words = words[words.index('python') :]
        return warm(doc_pages.parse_words, words, folder=self.folder)

    def place_checkpoint(self, command):
        """Let ``CHECKPOINT`` be one of the command's config."""
        if 'CHECKPOINT' not in command:
            return
        link = self.folder / 'CHECKPOINT'
        link.unlink(missing_ok=True)
        if re.search(r'configs/(test/)?mmssl_soundingshapes(?!_)', command):
            untrained(link)
            return
        of = 'folder' if 'mmssl_folder' in command else 'vgg'
        trained = sorted(self.folder.glob(f'work_dirs/mmssl_{of}*/epoch_1.pth'))
        of_shapes = 'soundingshapes' in command or 'configs/' not in command
        link.symlink_to(SHIPPED if of_shapes else [self.checkpoint, *trained][-1])

    def name_last_epoch(self, words):
        """Let a training that was cut short have the checkpoint that it ends with as printed."""
        if len(words) < 3 or not words[1].endswith('tools/train.py') or '--work-dir' in words:
            return
        # A training that counts steps is cut short to one epoch, too.
        epochs = Config.fromfile(self.folder / words[2]).train_cfg.get('max_epochs', 1)
        last = self.folder / f'work_dirs/{Path(words[2]).stem}/epoch_{epochs}.pth'
        if not last.exists():
            last.symlink_to('epoch_1.pth')

    def configure(self, code, path):
        """Build what a config describes; a fragment changes the paper's config."""
        if not re.search(r'^(_base_|custom_imports) =', code, re.M):
            code = f"_base_ = 'configs/mmssl_vggsound.py'\n{code}"
        (self.folder / path).write_text(code)
        return warm(doc_pages.build_config, path, ABSENT, folder=self.folder)

    def judge(self, outcome, text, line):
        if outcome.status:
            pytest.fail(f'{self.where(line)}: {text}\n{outcome.output[-4000:]}', pytrace=False)

    def where(self, line):
        return f'{self.name}, line {line}'


def is_installable(requirement):
    """Whether a requirement is this package with extras that it has."""
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    known = project['optional-dependencies'].keys()
    return requirement.name == 'mmssl' and requirement.extras <= known


@pytest.mark.parametrize('name', NAMES)
def test_blocks_run_as_printed(name, rendered, request, tmp_path):
    blocks = blocks_of(NAMES[name])
    text = '\n'.join(b.text for b in blocks if b.language in ('bash', 'python'))
    if not text and not any(block.language == 'json' for block in blocks):
        return
    stand_in = request.getfixturevalue('checkpoint') if 'CHECKPOINT' in text else None
    page = Page(name, tmp_path / 'page', rendered, stand_in)
    page.prepare(text)
    with doc_pages.python_session(page.folder) as python:
        python(READERS_NAMES)
        for block in blocks:
            if block.language == 'bash':
                for command in commands_of(block.text):
                    page.type(command, block.line)
            elif block.language == 'python':
                path = re.match(r'# (\S+\.py)\n', block.text)
                path = path.group(1) if path else ''
                if any(re.search(pattern, f'{name}: {block.text}') for pattern, _ in COMPILED):
                    compile(block.text, name, 'exec')
                    continue
                if doc_pages.is_config(block.text):
                    outcome = page.configure(block.text, path or 'config_of_the_page.py')
                elif path:
                    (page.folder / path).write_text(block.text)
                    outcome = python(block.text)
                else:
                    outcome = python(block.text)
                page.judge(outcome, block.text, block.line)
            elif block.language == 'json':
                json.loads(block.text)


def test_every_block_says_what_it_is():
    for name, page in NAMES.items():
        for block in blocks_of(page):
            assert block.language in LANGUAGES, f'{name}, line {block.line}: {block.text}'


def test_configs_keep_the_hooks_of_their_base():
    """A list of a config replaces the whole list of its base."""
    for name, page in NAMES.items():
        for block in blocks_of(page):
            if re.search('^custom_hooks = ', block.text, re.M):
                assert '_base_.custom_hooks' in block.text, f'{name}, line {block.line}'


@pytest.mark.parametrize('pattern', [pattern for pattern, *_ in (*SHRUNK, *PARSED, *SAYS)])
def test_every_exception_is_still_needed(pattern):
    assert any(re.search(pattern, command) for command in written()), pattern


def test_absent_backends_and_compiled_blocks_are_still_on_a_page():
    texts = [b.text for page in PAGES for b in blocks_of(page) if b.language == 'python']
    assert all(any(re.search(pattern, text) for text in texts) for pattern, _ in COMPILED)
    assert all(any(name in text for text in texts) for name in ABSENT)


def test_a_false_block_is_found(rendered, tmp_path):
    """A wrong option, a wrong option of what is only parsed, a wrong setting, a wrong name."""
    page = Page('docs/none.md', tmp_path / 'page', rendered, None)
    page.prepare('')
    for command, parsed in (
        ('mmssl render-demo clip.mp4 --colour red', False),
        ('python tools/train.py configs/mmssl_vggsound.py --rounds 3', True),
        ('torchrun --processes 8 tools/train.py configs/mmssl_vggsound.py', True),
        ('pip install "mmssl[everything]"', True),
        ('make demonstration', True),
        ('no-such-program', False),
    ):
        with pytest.raises((pytest.fail.Exception, SystemExit)):
            page.run(command, 1, parsed)
    assert page.configure("visualizer = dict(type='mmssl.Painter')", 'wrong.py').status
    with doc_pages.python_session(page.folder) as python:
        assert not python('found = 1').status
        assert not python('found').status
        outcome = python('lost')
        assert outcome.status
        assert "name 'lost' is not defined" in outcome.output
