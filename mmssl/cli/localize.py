"""``mmssl localize``."""

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from ..apis.inferencer import SoundLocalizationInferencer
from ..apis.load import BACKENDS, load_localizer
from ..apis.result_files import RESULT_FILES
from ..apis.side_by_side import localize_side_by_side
from ..localization import BoxRule
from ..media.audio import NO_SOUND
from ..media.files import without_name, write_rows
from ..media.isolation import start_isolation
from ..media.paths import FILE_IN, FOLDER_OUT, NAME_IN
from ..media.remux import ENCODERS, VideoOptions
from ..media.video import AUDIO_SUFFIXES
from .ending import DONE, SOME_FAILED
from .options import add_decoder_option, add_vocabulary_options, vocabulary_options
from .parser import Parser
from .side_by_side import OF_ONE, load_models, take_models

#: Columns of the table of failures.
_HEADER = ('input', 'reason')
#: Longest list of failed inputs that fits in the summary line.
_FEW = 3

DESCRIPTION = """Show where the sound of a video comes from.

Each input gives an mp4 file with the map drawn over the video and its sound, a
JSON file with the best moments and their boxes, a contact sheet with the
spectrogram, and an npz file with the maps.

Examples:
    %(prog)s clip.mp4 open-vocabulary
    %(prog)s clip.mp4 open-vocabulary --labels "dog, acoustic guitar, siren"
    %(prog)s clip.mp4 soundingshapes --out localized
    %(prog)s folder/ work_dirs/demo/epoch_15.pth --outputs boxes maps
    %(prog)s picture.jpg CHECKPOINT --audio sound.wav
    %(prog)s clip.mp4 model.onnx
    %(prog)s clip.mp4 soundingshapes CHECKPOINT --side-by-side
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    group = parser.group('input')
    group.add_argument(
        'input',
        nargs='+',
        type=NAME_IN,
        help='video files with sound; folders of video files; folders of pictures with sound files '
        'of the same names',
    )
    group.add_argument('--audio', type=NAME_IN, help='sound file of the one input')
    _add_model_options(parser)
    group = parser.group('output')
    group.add_argument('--out', type=FOLDER_OUT, default='localized', help='folder for the results')
    group.add_argument(
        '--outputs',
        nargs='+',
        choices=list(RESULT_FILES),
        default=list(RESULT_FILES),
        help='files to write',
    )
    group.add_argument('--top', type=int, default=5, help='number of best moments')
    group.add_argument(
        '--several', action='store_true', help='box every region, not only the best one'
    )
    _add_video_options(parser)
    add_vocabulary_options(parser)
    group = parser.group('speed')
    group.add_argument('--device', help='cpu or cuda; by default cuda where it works')
    group.add_argument(
        '--backend',
        choices=BACKENDS,
        help='library that runs the networks; by default chosen by the suffix of the model',
    )
    group.add_argument(
        '--batch-size', type=int, help='inputs at a time; by default 8 pictures or 1 video'
    )
    add_decoder_option(parser)
    parser.set_defaults(of_one={name: parser.get_default(name) for name in OF_ONE})


def _add_model_options(parser: Parser) -> None:
    group = parser.group('model')
    group.add_argument(
        'model',
        type=NAME_IN,
        help='checkpoint of a training, name of a model with weights, or exported model (.onnx)',
    )
    group.add_argument(
        '--model',
        dest='method',
        action='append',
        metavar='NAME',
        help='method of a file that its authors released, such as ez-vsl; with --side-by-side, of '
        'both files, or given once for each model in their order',
    )
    group.add_argument(
        '--side-by-side',
        action='store_true',
        help='read the last two arguments as models, and write one video with the maps of both',
    )
    group.add_argument(
        '--config', type=FILE_IN, help='config file; by default the one in the checkpoint'
    )
    group.add_argument(
        '--prior',
        type=FILE_IN,
        help="torchvision's ResNet-18 weights for a model with an object prior (ez-vsl-ogl)",
    )


def _add_video_options(parser: Parser) -> None:
    group = parser.group('overlay video')
    default = VideoOptions()
    group.add_argument(
        '--video-side', type=int, default=default.side, help='largest width or height in pixels'
    )
    group.add_argument(
        '--video-rate', type=float, default=default.rate, help='largest number of frames per second'
    )
    group.add_argument(
        '--video-quality',
        type=int,
        default=default.quality,
        help='constant quality, from 0 for the best to 51 for the worst',
    )
    group.add_argument(
        '--video-encoder',
        choices=list(ENCODERS),
        default=default.encoder,
        help=f'encoder; all but {default.encoder} need their hardware',
    )


def run(args: argparse.Namespace) -> int:
    """Localize, and print the written files and the inputs that failed.

    With several inputs, ``failed.csv`` in the output folder lists the failed ones.

    Raises:
        ValueError: If options contradict each other, or the model is unknown.
    """
    results = _of_two(args) if args.side_by_side else _of_one(args)
    table = _own_table(args.out)
    failed, done = [], 0
    try:
        for result in results:
            _tell(result)
            if why := result['failed']:
                failed.append((result['input'], without_name(why, result['input'])))
            else:
                done += 1
    except (OSError, KeyboardInterrupt):
        print(f'{done} done, {len(failed)} failed before the end', file=sys.stderr)
        raise
    if done + len(failed) > 1:
        print(_summary(done, failed, table), file=sys.stderr)
    return SOME_FAILED if failed else DONE


def _of_one(args: argparse.Namespace) -> Iterator[dict]:
    """Results of one model."""
    if len(args.method or []) > 1:
        raise ValueError(f'--model is given {len(args.method)} times, expected once')
    inputs = _inputs(args)
    return _inferencer(args).stream(
        inputs,
        batch_size=args.batch_size,
        decoder=args.decoder,
        top=args.top,
        box_rule=BoxRule(several=args.several),
        out_dir=args.out,
        outputs=args.outputs,
        video=_video_options(args),
    )


def _of_two(args: argparse.Namespace) -> Iterator[dict]:
    """Results of two models."""
    models = take_models(args)
    inputs = _inputs(args)
    # This must happen before the models start threads.
    start_isolation()
    return localize_side_by_side(
        load_models(args, models),
        inputs,
        args.out,
        decoder=args.decoder,
        video=_video_options(args),
    )


def _inputs(args: argparse.Namespace) -> list[str] | tuple[str, str]:
    return (_alone(args), args.audio) if args.audio else args.input


def _video_options(args: argparse.Namespace) -> VideoOptions:
    return VideoOptions(args.video_side, args.video_rate, args.video_quality, args.video_encoder)


def _alone(args: argparse.Namespace) -> str:
    """The one input that ``--audio`` belongs to."""
    if len(args.input) > 1:
        raise ValueError(f'--audio goes with one input, but {len(args.input)} are given')
    (path,) = args.input
    if Path(path).is_dir():
        raise ValueError(
            f'--audio goes with one file, but {path} is a folder: leave --audio out, and name the '
            'sound files in the folder like the pictures'
        )
    if Path(args.audio).is_dir():
        raise ValueError(f'--audio {args.audio} is a folder, expected a sound file')
    return path


def _tell(result: dict) -> None:
    for path in result['files'].values():
        print(path)
    for note in result['notes']:
        print(f'warning: {result["input"]}: {note}', file=sys.stderr)
    if why := result['failed']:
        print(f'error: {why}{_sound_beside(result["input"], why)}', file=sys.stderr)


def _sound_beside(path: str, why: str) -> str:
    """Advice to add the sound file that lies beside an input without sound."""
    if not why.endswith(NO_SOUND):
        return ''
    beside = (Path(path).with_suffix(suffix) for suffix in sorted(AUDIO_SUFFIXES))
    sound = next((path for path in beside if path.is_file()), None)
    return f': localize it with --audio {shlex.quote(str(sound))}' if sound else ''


def _own_table(out: str) -> Path | None:
    """Path of the list of failures. The list of an earlier run is deleted.

    Returns ``None`` if another tool wrote the file, which then does not change.
    """
    table = Path(out) / 'failed.csv'
    if table.exists():
        if not table.read_bytes().startswith(','.join(_HEADER).encode() + b'\n'):
            return None
        table.unlink()
    return table


def _summary(done: int, failed: list[tuple[str, str]], table: Path | None) -> str:
    """The summary line. The reasons of failures go to the table."""
    if not failed:
        return f'{done} done'
    if table:
        write_rows(table, [_HEADER, *failed])
    names = '' if table and len(failed) > _FEW else ', '.join(name for name, _ in failed)
    return f'{done} done, {len(failed)} failed: ' + '; '.join(
        filter(None, [names, f'see {table}' if table else ''])
    )


def _inferencer(args: argparse.Namespace) -> SoundLocalizationInferencer:
    # This must happen before the model starts threads.
    start_isolation()
    method = args.method[0] if args.method else None
    model = load_localizer(
        method or args.model,
        args.model if method else None,
        config=args.config,
        backend=args.backend,
        device=args.device,
        prior=args.prior,
        options=vocabulary_options(args),
    )
    return SoundLocalizationInferencer(model)
