"""Write a page for looking through an evaluation: ``mmssl report``.

Examples:
    python tools/report.py maps/ours --truth vggss.json --videos data/vggsound/videos --out report
"""

import argparse

from mmssl.apis.report import add_report_options, report_from_options


def main() -> None:
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter)
    add_report_options(parser)
    try:
        report_from_options(parser.parse_args())
    except (ValueError, OSError) as error:
        raise SystemExit(f'tools/report.py: {error}') from error


if __name__ == '__main__':
    main()
