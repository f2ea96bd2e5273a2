"""Write a page for looking through an evaluation: tables, charts, every sample with its sound.

Maps: a folder of NAME.npy or NAME.npz files, or one npz archive, (h, w) each, as the method
gives them; tools/test.py --dump-maps writes such a folder. The page is REPORT/index.html; it
opens from the disk, without server and network.

Examples:
    python tools/report.py maps/ours --truth vggss.json --videos data/vggsound/videos --out report
    python tools/report.py maps/is3 --form is3 --truth synthetic3240_bbox.json \\
        --videos data/is3/visual_frames --audios data/is3/audio_wav --out report
"""

import argparse

from mmssl.apis.report import add_report_options, report_from_options


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_report_options(parser)
    try:
        report_from_options(parser.parse_args())
    except (ValueError, OSError) as error:
        raise SystemExit(f'tools/report.py: {error}') from error


if __name__ == '__main__':
    main()
