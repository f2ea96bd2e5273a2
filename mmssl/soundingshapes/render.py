"""Write SoundingShapes to disk: real H.264/AAC files and their annotations.

A folder holds::

    videos/train000012_000000.mp4   clips, named like VGGSound's (id, start in s)
    truth/train000012_000000.json   one clip's truth: events, box of every step
    soundingshapes.csv              VGGSound's four columns: id, start, label, split
    boxes_val.json, boxes_test.json VGG-SS format: file, class, bbox, and the time
    interactive.json                the same for pairs: one picture, two sounds
    turns.json                      the same for clips whose objects sound in turn
    negatives.json                  clips in which nothing visible sounds

Rendering can be interrupted and continued. A clip is complete once its truth file exists, which is
written last.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import cv2

from ..files import StrPath
from ..media.audio import SAMPLE_RATE
from ..media.files import require_same_settings, write_text
from ..media.pictures import Size
from ..media.writer import write_video
from ..processes import forking_server
from ..progress import track
from .annotations import write_annotations, write_vggsound_annotations
from .draw import ScenePainter
from .plan import NUMBERS, PlannedClip, RenderSettings, collection_clips, standin_clips
from .scene import Scene
from .synth import scene_sound
from .truth import scene_truth


def render_collection(out: StrPath, settings: RenderSettings, workers: int = 1) -> Path:
    """Render a collection; existing clips are kept.

    Args:
        out: Output folder. Settings other than the numbers of clips must equal
            the settings of clips that it already holds.
        settings: Settings of the collection.
        workers: Number of processes.

    Returns:
        The folder.

    Raises:
        ValueError: If the folder holds clips of other settings, or ``workers`` is below 1.
    """
    out, jobs = Path(out), list(collection_clips(settings))
    _run(out, jobs, settings, workers)
    write_annotations(out, jobs)
    return out


def render_vggsound_standin(out: StrPath, clips: int = 16, seed: int = 0, workers: int = 1) -> Path:
    """Render a few 10 s clips laid out exactly like VGGSound with VGG-SS boxes.

    The folder holds ``vggsound.csv``, ``vggss.json`` and ``videos/ID_000030.mp4``.

    Args:
        out: Output folder.
        clips: Number of clips, a quarter of them in the test split.
        seed: Seed of all random values.
        workers: Number of processes.

    Returns:
        The folder.

    Raises:
        ValueError: If there are no clips to render, or ``workers`` is below 1.
    """
    if clips < 1:
        raise ValueError(f'clips is {clips}, expected at least 1')
    out, jobs = Path(out), list(standin_clips(clips, seed))
    _run(out, jobs, RenderSettings(duration=10.0, size=(160, 120), fps=25, seed=seed), workers)
    write_vggsound_annotations(out, jobs)
    return out


def _run(out: Path, jobs: list[PlannedClip], settings: RenderSettings, workers: int) -> None:
    """Render the missing clips; refuse a folder whose settings differ in more than numbers."""
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1 process')
    require_same_settings(
        out, {k: v for k, v in asdict(settings).items() if k not in NUMBERS}, older={'level': 1}
    )
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


def _render_clip(job: PlannedClip, out: Path, settings: RenderSettings) -> None:
    scene = job.make_scene(**job.arguments)
    path = out / 'videos' / f'{job.name}.mp4'
    painter = render_scene(path, scene, size=settings.size, fps=settings.fps)
    write_text(out / 'truth' / f'{job.name}.json', json.dumps(scene_truth(painter, job.instant)))


def render_scene(
    path: StrPath, scene: Scene, *, size: Size = (112, 112), fps: float = 10
) -> ScenePainter:
    """Render one scene to a video file with sound, atomically.

    Args:
        path: mp4 file.
        scene: The scene.
        size: Width and height in pixels.
        fps: Frames per second.

    Returns:
        The painter of the scene, which knows its boxes.
    """
    painter = ScenePainter(scene, size)
    count = round(scene.duration * fps)
    frames = (painter.frame((i + 0.5) / fps) for i in range(count))
    write_video(path, frames, fps, scene_sound(scene), SAMPLE_RATE)
    return painter
