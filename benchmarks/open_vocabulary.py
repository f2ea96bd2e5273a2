"""Time open-vocabulary localization by its parts, in seconds for each second of video.

The networks have the published sizes and random weights: an Audio Spectrogram Transformer with 527
classes, and CLIPSeg with pictures of 352 x 352. Times do not depend on weights.

Examples:
    python benchmarks/open_vocabulary.py
    python benchmarks/open_vocabulary.py --rate 1 --words 3 --precision float32
"""

# Must come before torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from benchmarks.timing import seconds
from mmssl.datasets.sparse_transforms import DecodeSparse
from mmssl.engine.precision import PRECISIONS, computes_in_bfloat16
from mmssl.media import open_clip
from mmssl.media.isolation import start_isolation
from mmssl.models.open_vocabulary.localizer import in_time
from mmssl.models.open_vocabulary.taggers import SpectrogramTagger
from mmssl.models.open_vocabulary.vision import SegmentingVision
from mmssl.models.open_vocabulary.words import read_words
from mmssl.soundingshapes import render_scene, sample_scene
from mmssl.threads import usable_cores

CLASSES, SIDE = 527, 352
#: Wall time, and processor time of all cores together, in seconds.
Times = tuple[float, float]


def main() -> None:
    """Time the parts and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--seconds', type=int, default=8, help='length of the clip (8)')
    parser.add_argument('--rate', type=int, default=2, help='pictures a second (2)')
    parser.add_argument('--words', type=int, default=5, help='words to find in a picture (5)')
    parser.add_argument(
        '--repeat', type=int, default=3, help='repetitions, of which the fastest counts (3)'
    )
    parser.add_argument('--precision', choices=PRECISIONS, default='auto')
    args = parser.parse_args()
    start_isolation()
    native, reason = computes_in_bfloat16('cpu')
    chosen = {'auto': 'bfloat16' if native else 'float32'}.get(args.precision, args.precision)
    with torch.no_grad():
        once, parts = _parts(args, getattr(torch, chosen))
    print(f'{usable_cores()} cores, {chosen} ({reason})')
    print(
        f'{args.rate} pictures a second, {args.words} words for each, a segment of sound a second'
    )
    print(f'{"seconds for each of video":34}{"waited":>10}{"processor":>10}')
    total = tuple(sum(times) for times in zip(*parts.values()))
    for name, times in (*parts.items(), ('all', total)):
        print(f'{name:34}' + ''.join(f'{value / args.seconds:10.3f}' for value in times))
    print(f'{"sentences of 527 words, once":34}' + ''.join(f'{value:10.1f}' for value in once))


def _parts(args: argparse.Namespace, dtype: torch.dtype) -> tuple[Times, dict[str, Times]]:
    torch.manual_seed(0)
    names = [f'word {number}' for number in range(CLASSES)]
    config = transformers.ASTConfig(num_labels=CLASSES, id2label=dict(enumerate(names)))
    hears = transformers.ASTForAudioClassification(config).eval()
    tagger = SpectrogramTagger(hears, transformers.ASTFeatureExtractor())
    config = transformers.CLIPSegConfig(use_complex_transposed_convolution=True)
    sees = transformers.CLIPSegForImageSegmentation(config).eval()
    vision = SegmentingVision(sees, _tokens, ([0.5] * 3, [0.5] * 3))
    table = read_words()
    once = _fastest(lambda: vision.set_vocabulary(names, table), 1)
    tagger.set_vocabulary(names, table)
    for part in (tagger, vision):
        part.network.to(dtype)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'clip.mp4'
        render_scene(path, sample_scene(0, float(args.seconds)))
        inputs: dict = {}
        decode = DecodeSparse(args.rate)

        def read() -> None:
            window = dict(clip_size=(SIDE, SIDE), clip_start=0.0, clip_duration=args.seconds)
            inputs.update(decode({'clip': open_clip(str(path)), **window, 'window': True}))

        times = {'decoding, pictures and sound': _fastest(read, args.repeat)}
    segments = torch.from_numpy(inputs['audios'][0])
    pictures = torch.stack([torch.from_numpy(img) for img in inputs['imgs']]).movedim(-1, 1)
    tagger.fit(segments.shape[1])
    features = tagger._features(segments, 'input_values')
    batches = pictures.float().split(8)
    seen = [vision.look(batch) for batch in batches]
    maps = torch.rand(len(pictures), 44, 44)

    def find() -> None:
        for found, batch in zip(seen, batches):
            owners = torch.arange(len(batch)).repeat_interleave(args.words)
            for some in owners.split(8):
                vision.maps(found, some, some)

    work: dict[str, Callable[[], object]] = {
        "the tagger's filter bank": lambda: tagger._features(segments, 'input_values'),
        'the tagger': lambda: [hears(some) for some in features.split(8)],
        'pictures': lambda: [vision.look(batch) for batch in batches],
        'words in pictures': find,
        'maps in time': lambda: in_time(maps, 10 * args.seconds),
    }
    for name, call in work.items():
        times[name] = _fastest(call, args.repeat)
    return once, times


def _fastest(work: Callable[[], object], repeat: int) -> Times:
    """Shortest wall time and processor time of a call, because other programs may use the cores."""
    found = []
    for _ in range(repeat):
        begin = time.process_time()
        found.append((seconds(work), time.process_time() - begin))
    waited, used = zip(*found)
    return min(waited), min(used)


def _tokens(texts: list[str], **options: object) -> dict[str, torch.Tensor]:
    """Tokens of sentences of eight words, without a tokenizer, which would need files."""
    ids = torch.randint(3, 40000, (len(texts), 10))
    ids[:, -1] = 49407
    return {'input_ids': ids, 'attention_mask': torch.ones_like(ids)}


if __name__ == '__main__':
    main()
