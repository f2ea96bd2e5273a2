"""Which of a detector's pictures shows which instant of which clip."""

from collections.abc import Sequence

from ..datasets.annotations import AnnotationError, DetectedPicture
from ..media import STEPS_PER_SECOND


class DetectionTable:
    """A detector's pictures by clip and time.

    Args:
        pictures: As :func:`mmssl.datasets.annotations.read_detections` gives them.
    """

    def __init__(self, pictures: Sequence[DetectedPicture]) -> None:
        self._clips: dict[str, list[DetectedPicture]] = {}
        for picture in pictures:
            self._clips.setdefault(picture.video_id, []).append(picture)

    def picture(self, video_id: str, time: float | None) -> DetectedPicture | None:
        """The picture of an instant, ``None`` if the detector did not look at it.

        A picture without a time is the only one of its clip and stands for
        any; one with a time must lie within half a step of 100 ms.

        Args:
            video_id: Clip.
            time: Seconds; ``None`` for the only picture there is.

        Raises:
            AnnotationError: If it cannot be told which picture is meant.
        """
        found = self._clips.get(video_id, [])
        if time is not None and not any(picture.time is None for picture in found):
            found = [p for p in found if abs(p.time - time) < 0.5 / STEPS_PER_SECOND]
        if len(found) > 1:
            raise AnnotationError(
                f'{len(found)} pictures of clip {video_id} in the detections could be the one of '
                f'time {time}; give every image in the table of images its "time" in seconds'
            )
        return found[0] if found else None
