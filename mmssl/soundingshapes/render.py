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

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..clock import STEPS_PER_SECOND, step_centre
from ..files import StrPath
from ..media.files import claim_folder, write_rows, write_text
from ..media.pictures import Size
from ..media.writer import write_video
from ..processes import forking_server
from ..progress import track
from .classes import CLASS_NAMES
from .draw import ScenePainter
from .scene import Scene, interactive_member, negative, sample_scene, single
from .synth import SAMPLE_RATE, background, class_sound, gate

NEGATIVE_KINDS = ('offscreen', 'silence', 'noise')

#: How many clips of each kind, by the names of the settings.
NUMBERS = ('train', 'val', 'test', 'pairs', 'negatives', 'singles')

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

    Raises:
        ValueError: If a number is negative.
    """

    train: int = 600
    val: int = 100
    test: int = 200
    pairs: int = 50
    negatives: int = 48
    singles: int = 0
    duration: float = 5.0
    size: Size = (112, 112)
    fps: float = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in (*NUMBERS, 'seed'):
            if (number := getattr(self, name)) < 0:
                raise ValueError(f'{name} is {number}, expected 0 or more')


@dataclass(frozen=True)
class _Job:
    """A clip to render: its name, and the function and arguments of its scene."""

    name: str
    split: str
    group: str
    make_scene: Callable[..., Scene]
    arguments: tuple[Any, ...]
    kind: str = ''
    instant: float | None = None


def render_collection(out: StrPath, settings: RenderSettings, workers: int = 1) -> Path:
    """Render a collection; clips that are already there are kept.

    Args:
        out: Folder to write to.
        settings: What to render. A folder that was rendered with other
            settings than the numbers of clips is refused.
        workers: Processes.

    Returns:
        The folder.

    Raises:
        ValueError: If the folder holds clips of other settings, or ``workers`` is below 1.
    """
    out, jobs = Path(out), list(_collection_jobs(settings))
    _run(out, jobs, settings, workers)
    _write_annotations(out, jobs)
    return out


def render_vggsound_standin(out: StrPath, clips: int = 16, seed: int = 0, workers: int = 1) -> Path:
    """Render a few 10 s clips laid out exactly like VGGSound with VGG-SS boxes.

    The folder holds ``vggsound.csv``, ``vggss.json`` and ``videos/ID_000030.mp4``.

    Args:
        out: Folder to write to.
        clips: Number of clips, a quarter of them in the test split.
        seed: Source of everything.
        workers: Processes.

    Returns:
        The folder.

    Raises:
        ValueError: If there are no clips to render, or ``workers`` is below 1.
    """
    if clips < 1:
        raise ValueError(f'clips is {clips}, expected at least 1')
    out, jobs = Path(out), []
    settings = RenderSettings(duration=10.0, size=(160, 120), fps=25, seed=seed)
    for index in range(clips):
        split = 'test' if index % 4 == 3 else 'train'
        name = f'Stand_in-{index:02d}_{30 + index:06d}'
        arguments = (_clip_seed(seed, 'train', index), index % len(CLASS_NAMES))
        jobs.append(_Job(name, split, '', _standin_scene, arguments, instant=5.0))
    _run(out, jobs, settings, workers)
    truths = _read_truths(out, jobs)
    write_rows(out / 'vggsound.csv', _table(jobs, truths))
    entries = [_box_entry(job, truths[job.name]) for job in jobs if job.split == 'test']
    published = [{k: e[k] for k in ('file', 'class', 'bbox')} for e in entries]
    write_text(out / 'vggss.json', json.dumps(published, indent=1))
    return out


def _standin_scene(seed: int, label: int) -> Scene:
    """VGG-SS boxes belong to t = 5 s: there the object must be seen and heard."""
    scene = sample_scene(seed, 10.0, label)
    seen = replace(scene.sounding, visible=((0.0, 10.0),))
    actors = tuple(seen if actor is scene.sounding else actor for actor in scene.actors)
    event = (3.0, 7.0)
    return replace(scene, actors=actors, event=event, audible=event, outside='silent')


def _clip_seed(seed: int, stream: str, index: int) -> int:
    return int(np.random.SeedSequence([seed, _STREAMS.index(stream), index]).generate_state(1)[0])


def _collection_jobs(settings: RenderSettings) -> Iterator[_Job]:
    duration = settings.duration

    def seed(stream: str, index: int) -> int:
        return _clip_seed(settings.seed, stream, index)

    for split, prefix, count, make in (
        ('train', 'train', settings.train, sample_scene),
        ('val', 'val--', settings.val, sample_scene),
        ('test', 'test-', settings.test, sample_scene),
        ('single', 'one--', settings.singles, single),
    ):
        for index in range(count):
            facts = (seed(split, index), duration, index % len(CLASS_NAMES))
            yield _Job(f'{prefix}{index:06d}_000000', split, 'main', make, facts)
    for index in range(settings.pairs):
        for member, prefix in enumerate(('paira', 'pairb')):
            pair = (seed('pair', index), member, duration)
            name = f'{prefix}{index:06d}_000000'
            yield _Job(name, 'test', 'interactive', interactive_member, pair)
    for index in range(settings.negatives):
        kind = NEGATIVE_KINDS[index % 3]
        name = f'neg--{index:06d}_000000'
        yield _Job(name, 'test', 'negative', negative, (seed('neg', index), kind, duration), kind)


def _run(out: Path, jobs: list[_Job], settings: RenderSettings, workers: int) -> None:
    """Render the clips that are missing; refuses a folder of other settings but numbers."""
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1 process')
    claim_folder(out, {k: v for k, v in asdict(settings).items() if k not in NUMBERS})
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
    path = out / 'videos' / f'{job.name}.mp4'
    painter = render_scene(path, scene, size=settings.size, fps=settings.fps)
    write_text(out / 'truth' / f'{job.name}.json', json.dumps(_truth(job, painter)))


def render_scene(
    path: StrPath, scene: Scene, *, size: Size = (112, 112), fps: float = 10
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


def _truth(job: _Job, painter: ScenePainter) -> dict[str, Any]:
    """Box of the target at every step of the event, of the others where visible."""
    scene = painter.scene
    count = round(scene.duration * STEPS_PER_SECOND)
    steps = [painter.boxes(step_centre(i)) for i in range(count)]
    truth: dict[str, Any] = {
        'class': None if scene.sound is None else CLASS_NAMES[scene.sound],
        'outside': scene.outside,
        'time': scene.duration / 2,
        'silent': [
            {'class': CLASS_NAMES[actor.label], 'boxes': [step[i] for step in steps]}
            for i, actor in enumerate(scene.actors)
            if i != scene.target
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


def _annotated_instant(scene: Scene) -> float:
    """A step's centre, 0.3 s inside the event, or as far as a shorter one lets it be."""
    start, end = (round(t * STEPS_PER_SECOND) for t in scene.event)
    margin = min(3, (end - start - 1) // 2)
    rng = np.random.default_rng([scene.picture_seed, 0x71])
    return round(step_centre(int(rng.integers(start + margin, end - margin))), 6)


def _read_truths(out: Path, jobs: Iterable[_Job]) -> dict[str, dict[str, Any]]:
    return {job.name: json.loads((out / 'truth' / f'{job.name}.json').read_text()) for job in jobs}


def _write_annotations(out: Path, jobs: list[_Job]) -> None:
    truths = _read_truths(out, jobs)
    write_rows(out / 'soundingshapes.csv', _table([j for j in jobs if j.group == 'main'], truths))
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


def _table(jobs: Iterable[_Job], truths: dict[str, dict[str, Any]]) -> Iterator[tuple]:
    """Rows of VGGSound's table."""
    for job in jobs:
        video, start = job.name.rsplit('_', 1)
        yield video, int(start), truths[job.name]['class'], job.split


def _box_entry(job: _Job, truth: dict[str, Any]) -> dict[str, Any]:
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
