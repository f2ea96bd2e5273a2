"""Show where the sound of a video comes from.

Examples:
    python tools/localize.py VIDEO CHECKPOINT --out localized
    python tools/localize.py VIDEO MODEL.onnx --out localized

Writes an mp4 with the map over the picture and the sound kept, the best
moments with their boxes as JSON, and a contact sheet with the spectrogram.
"""

import argparse
import sys
from pathlib import Path

from mmssl.apis.localize import localize_video
from mmssl.apis.localizer import BACKENDS, load_localizer
from mmssl.media import MediaError


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('video', nargs='+', help='video files with sound')
    parser.add_argument('checkpoint', help='checkpoint that a training wrote, or exported model')
    parser.add_argument('--config', help='config file; the one in the checkpoint by default')
    parser.add_argument('--audio', help='sound file, if the sound is not in the video')
    parser.add_argument('--out', default='localized', help='folder for the results (localized)')
    parser.add_argument('--top', type=int, default=5, help='number of best moments (5)')
    parser.add_argument('--decoder', choices=['decord', 'pyav'], default='decord')
    parser.add_argument(
        '--backend', choices=BACKENDS, help="what runs the networks; by the file's suffix"
    )
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    args = parser.parse_args()
    stems = [Path(video).stem for video in args.video]
    if len(set(stems)) < len(stems):
        parser.error('two videos have one name, their results would overwrite each other')
    if args.audio and len(args.video) > 1:
        parser.error('--audio goes with one video')
    try:
        model = load_localizer(
            args.checkpoint, args.backend, config=args.config, device=args.device
        )
    except (ValueError, OSError) as error:
        raise SystemExit(f'error: {error}') from error
    failed = 0
    for video in args.video:
        try:
            files = localize_video(
                video, model, args.out, audio=args.audio, top=args.top, backend=args.decoder
            )
        except MediaError as error:
            print(f'error: {error}', file=sys.stderr)
            failed += 1
            continue
        for path in files.values():
            print(path)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
