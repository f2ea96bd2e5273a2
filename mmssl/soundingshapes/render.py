"""Write SoundingShapes to disk: real H.264/AAC files and their annotations.

A folder holds::

    videos/train000012_000000.mp4   clips, named like VGGSound's (id, start in s)
    truth/train000012_000000.json   one clip's truth: event, box of every step
    soundingshapes.csv              VGGSound's four columns: id, start, label, split
    boxes_val.json, boxes_test.json VGG-SS form: file, class, bbox, and the time
    interactive.json                the same for pairs: one picture, two sounds
    negatives.json                  clips in which nothing visible sounds

Every clip is a function of the settings' seed, its split and its index, so a
collection can be extended, rendered in parallel, interrupted and continued. A
clip is done when its truth file is there, which is written last.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..clock import STEPS_PER_SECOND, step_centre
from ..media.files import claim_folder, write_text
from ..media.writer import write_video
from ..processes import forking_server
from ..progress import track
from .classes import CLASS_NAMES
from .draw import ScenePainter
from .scene import Scene, interactive_member, negative, sample_scene, single
from .synth import SAMPLE_RATE, background, class_sound, gate

NEGATIVE_KINDS = ('offscreen', 'silence', 'noise')

#: Order is part of a clip's seed: append, never reorder.
_STREAMS = ('train', 'val', 'test', 'pair', 'neg', 'single')


@dataclass(frozen=True)
class RenderSettings:
    """How many clips to render, and how.

    Attributes:
        train, val, test: Clips of the splits.
        pairs: Interactive pairs (two clips each).
        negatives: Clips in which nothing visible sounds.
        singles: Clips of one object alone (split ``single``), whose pictures
            teach a network what ImageNet's would.
        duration: Seconds of a clip.
        size: Width and height in pixels.
        fps: Frames per second.
        seed: Source of everything.
    """

    train: int = 600
    val: int = 100
    test: int = 200
    pairs: int = 50
    negatives: int = 48
    singles: int = 0
    duration: float = 5.0
    size: tuple[int, int] = (112, 112)
    fps: float = 10
    seed: int = 0


@dataclass(frozen=True)
class _Job:
    """A clip to render: its name, and the function and arguments of its scene."""

    name: str
    split: str
    group: str
    make_scene: Callable[..., Scene]
    arguments: tuple
    kind: str = ''
    instant: float | None = None


def render_collection(out: str | os.PathLike, settings: RenderSettings, workers: int = 1) -> Path:
    """Render a collection; clips that are already there are kept.

    Args:
        out: Folder to write to.
        settings: What to render. A folder that was rendered with other
            settings than the numbers of clips is refused.
        workers: Processes.

    Returns:
        The folder.

    Raises:
        ValueError: If the folder holds clips of other settings, or there are no workers.
    """
    _check_workers(workers)
    out = Path(out)
    _claim(out, settings)
    jobs = list(_collection_jobs(settings))
    _run(out, jobs, settings, workers)
    _write_annotations(out, jobs)
    return out


def render_vggsound_standin(
    out: str | os.PathLike, clips: int = 16, seed: int = 0, workers: int = 1
) -> Path:
    """Render a few 10 s clips laid out exactly like VGGSound with VGG-SS boxes.

    The folder holds ``vggsound.csv``, ``vggss.json`` and ``videos/ID_000030.mp4``.

    Args:
        out: Folder to write to.
        clips: Number of clips, a quarter of them in the test split.
        seed: Source of everything.
        workers: Processes.

    Returns:
        The folder.
    """
    _check_workers(workers)
    out = Path(out)
    settings = RenderSettings(duration=10.0, size=(160, 120), fps=25, seed=seed)
    _claim(out, settings)
    jobs = []
    for index in range(clips):
        split = 'test' if index % 4 == 3 else 'train'
        name = f'Stand_in-{index:02d}_{30 + index:06d}'
        arguments = (_clip_seed(seed, 'train', index), index % len(CLASS_NAMES))
        jobs.append(_Job(name, split, '', _standin_scene, arguments, instant=5.0))
    _run(out, jobs, settings, workers)
    truths = _read_truths(out, jobs)
    write_text(out / 'vggsound.csv', _table(jobs, truths))
    entries = [_box_entry(job, truths[job.name]) for job in jobs if job.split == 'test']
    published = [{k: e[k] for k in ('file', 'class', 'bbox')} for e in entries]
    write_text(out / 'vggss.json', json.dumps(published, indent=1))
    return out


def _standin_scene(seed, label):
    """VGG-SS boxes belong to t = 5 s: there the object must be seen and heard."""
    scene = sample_scene(seed, 10.0, label)
    actors = list(scene.actors)
    actors[scene.target] = replace(actors[scene.target], visible=((0.0, 10.0),))
    event = (3.0, 7.0)
    return replace(scene, actors=tuple(actors), event=event, audible=event, outside='silent')


def _claim(out, settings):
    """Refuse to mix clips of different settings in one folder; their numbers may differ."""
    numbers = ('train', 'val', 'test', 'pairs', 'negatives', 'singles')
    claim_folder(out, {k: v for k, v in asdict(settings).items() if k not in numbers})


def _clip_seed(seed, stream, index):
    return int(np.random.SeedSequence([seed, _STREAMS.index(stream), index]).generate_state(1)[0])


def _collection_jobs(settings) -> Iterable[_Job]:
    duration = settings.duration

    def seed(stream, index):
        return _clip_seed(settings.seed, stream, index)

    for split in ('train', 'val', 'test'):
        for index in range(getattr(settings, split)):
            arguments = (seed(split, index), duration, index % len(CLASS_NAMES))
            name = f'{split:-<5}{index:06d}_000000'
            yield _Job(name, split, 'main', sample_scene, arguments)
    for index in range(settings.singles):
        arguments = (seed('single', index), duration, index % len(CLASS_NAMES))
        yield _Job(f'one--{index:06d}_000000', 'single', 'main', single, arguments)
    for index in range(settings.pairs):
        for member in (0, 1):
            name = f'pair{"ab"[member]}{index:06d}_000000'
            arguments = (seed('pair', index), member, duration)
            yield _Job(name, 'test', 'interactive', interactive_member, arguments)
    for index in range(settings.negatives):
        kind = NEGATIVE_KINDS[index % 3]
        name = f'neg--{index:06d}_000000'
        yield _Job(name, 'test', 'negative', negative, (seed('neg', index), kind, duration), kind)


def _check_workers(workers):
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1 process')


def _run(out, jobs, settings, workers):
    (out / 'truth').mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not (out / 'truth' / f'{job.name}.json').exists()]
    if not missing:
        return
    context = forking_server(__name__)
    with ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)) as pool:
        try:
            done = pool.map(_render_clip, missing, [out] * len(missing), [settings] * len(missing))
            for _ in track(done, f'rendering {out}', total=len(missing)):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _render_clip(job: _Job, out: Path, settings: RenderSettings) -> None:
    scene = job.make_scene(*job.arguments)
    painter = render_scene(
        out / 'videos' / f'{job.name}.mp4', scene, size=settings.size, fps=settings.fps
    )
    write_text(out / 'truth' / f'{job.name}.json', json.dumps(_truth(job, painter)))


def render_scene(
    path: str | os.PathLike, scene: Scene, *, size: tuple[int, int] = (112, 112), fps: float = 10
) -> ScenePainter:
    """Render one scene to a video file with sound, atomically.

    Args:
        path: mp4 file.
        scene: What happens.
        size: Width and height in pixels.
        fps: Frames per second.

    Returns:
        What painted it, and knows its boxes.
    """
    painter = ScenePainter(scene, size)
    count = round(scene.duration * fps)
    frames = (painter.frame((i + 0.5) / fps) for i in range(count))
    write_video(path, frames, fps, _sound(scene), SAMPLE_RATE)
    return painter


def _sound(scene: Scene) -> np.ndarray:
    rng = np.random.default_rng([scene.sound_seed, 0x5D])
    sound = scene.noise * background(scene.duration, rng)
    if scene.sound is not None:
        voice = class_sound(scene.sound, scene.duration, rng)
        sound += scene.loudness * voice * gate(scene.duration, *scene.audible)
    return np.clip(sound, -1, 1)


def _truth(job, painter):
    """Box of the target at every step of the event, of the others where visible."""
    scene = painter.scene
    count = round(scene.duration * STEPS_PER_SECOND)
    steps = [painter.boxes(step_centre(i)) for i in range(count)]
    others = [i for i in range(len(scene.actors)) if i != scene.target]
    truth = {
        'class': None if scene.sound is None else CLASS_NAMES[scene.sound],
        'outside': scene.outside,
        'time': scene.duration / 2,
        'silent': [
            {'class': CLASS_NAMES[scene.actors[i].label], 'boxes': [step[i] for step in steps]}
            for i in others
        ],
    }
    if scene.target is not None:
        truth['event'] = scene.event
        truth['time'] = _annotated_instant(scene) if job.instant is None else job.instant
        truth['boxes'] = [
            step[scene.target] if scene.in_event(step_centre(i)) else None
            for i, step in enumerate(steps)
        ]
    return truth


def _annotated_instant(scene):
    """A step's centre, 0.3 s inside the event, or as far as a shorter one lets it be."""
    start, end = (round(t * STEPS_PER_SECOND) for t in scene.event)
    margin = min(3, (end - start - 1) // 2)
    rng = np.random.default_rng([scene.picture_seed, 0x71])
    return round(step_centre(int(rng.integers(start + margin, end - margin))), 6)


def _read_truths(out, jobs):
    return {job.name: json.loads((out / 'truth' / f'{job.name}.json').read_text()) for job in jobs}


def _write_annotations(out, jobs):
    truths = _read_truths(out, jobs)
    write_text(out / 'soundingshapes.csv', _table([j for j in jobs if j.group == 'main'], truths))
    files = {
        'boxes_val.json': ('main', 'val'),
        'boxes_test.json': ('main', 'test'),
        'interactive.json': ('interactive', 'test'),
    }
    for name, place in files.items():
        chosen = [job for job in jobs if (job.group, job.split) == place]
        entries = [_box_entry(job, truths[job.name]) for job in chosen]
        write_text(out / name, json.dumps(entries, indent=1))
    negatives = [
        {'file': job.name, 'kind': job.kind, 'time': truths[job.name]['time']}
        for job in jobs
        if job.group == 'negative'
    ]
    write_text(out / 'negatives.json', json.dumps(negatives, indent=1))


def _table(jobs, truths):
    """VGGSound's table: no header, labels quoted where they hold a comma."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator='\n')
    for job in jobs:
        video, start = job.name.rsplit('_', 1)
        rows.writerow([video, int(start), truths[job.name]['class'], job.split])
    return text.getvalue()


def _box_entry(job, truth):
    """VGG-SS form: the box at the annotated instant, which is given beside it."""
    entry = {
        'file': job.name,
        'class': truth['class'],
        'bbox': [truth['boxes'][int(truth['time'] * STEPS_PER_SECOND)]],
        'time': truth['time'],
        'event': truth['event'],
    }
    if job.group == 'interactive':
        # Both members of a pair show one picture.
        entry['group'] = job.name[len('pairx') :]
    return entry
