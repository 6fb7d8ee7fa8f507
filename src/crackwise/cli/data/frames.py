"""``crackwise data frames``: the sharp and distinct frames of a video, as photos to label."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.counting import shown_count

if TYPE_CHECKING:
    from crackwise.data.frames import FrameSettings, VideoFrames

Videos = Annotated[list[Path], typer.Argument(help="Videos, or folders of videos: mp4, mov, avi, mkv, webm.")]
Out = Annotated[Path, typer.Option(help="Folder to create: images, frames.csv, groups.csv.")]
Count = Annotated[int, typer.Option(help="Frames of each video, at most.")]
Every = Annotated[float, typer.Option(help="Seconds of which only the sharpest frame is considered.")]
LeastSharpness = Annotated[
    float, typer.Option(help="Leave out what is less sharp: 1 is smeared, 1.7 soft, above 2.5 sharp.")
]
LeastNew = Annotated[
    float, typer.Option(help="Leave out a frame of which less than this share is in no other one, 0 to 1.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the frames of an earlier run in --out.")
]


def frames(
    videos: Videos,
    out: Out,
    count: Count = 50,
    every: Every = 0.25,
    least_sharpness: LeastSharpness = 1.4,
    least_new: LeastNew = 0.3,
    overwrite: Overwrite = False,
) -> None:
    """Take from videos of a moving camera the sharp frames, of each view one."""
    # what is wrong is said below in words; the libraries' own lines would only come between
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    from crackwise.data.frames import FrameSettings, list_videos, rewrite_frames, write_frames

    settings = FrameSettings(count=count, every_s=every, least_sharpness=least_sharpness, least_new=least_new)
    write = rewrite_frames if overwrite else write_frames
    with shown_count("watching", "frames") as show:
        made = write(list_videos(videos), out, settings, on_frame=show)
    for video in made.videos:
        typer.echo(_told(video))
        for warning in _warnings(video, settings):
            typer.echo(f"warning: {video.path.name}: {warning}", err=True)
    for failure in made.failures:
        typer.echo(f"error: {failure}", err=True)
    total = sum(len(video.choice.kept) for video in made.videos)
    videos_used = "1 video" if len(made.videos) == 1 else f"{len(made.videos)} videos"
    typer.echo(f"{total} frames of {videos_used} in {out}, without masks")
    if made.failures or any(video.choice.timeline.is_cut for video in made.videos):
        raise typer.Exit(1)


def _told(video: "VideoFrames") -> str:
    choice = video.choice
    reasons = (
        (choice.left_out.less_sharp, f"less sharp than another within {choice.moment_s:g} s"),
        (choice.left_out.blurred, "blurred"),
        (choice.left_out.nothing_new, "with too little new in view"),
        (choice.left_out.beyond_count, "beyond --count"),
    )
    listed = ", ".join(f"{number} {reason}" for number, reason in reasons if number)
    left_out = f"; left out: {listed}" if listed else ""
    return f"{video.path.name}: kept {len(choice.kept)} of {len(choice.timeline.times_s)} frames{left_out}"


def _warnings(video: "VideoFrames", settings: "FrameSettings") -> list[str]:
    choice, timeline = video.choice, video.choice.timeline
    header, last = timeline.header, len(timeline.times_s) - 1
    warnings = []
    if timeline.is_cut:
        warnings.append(
            f"ends after frame {last} at {timeline.times_s[-1]:.1f} s, though its header says "
            f"{header.frames} frames and {header.duration_s:.1f} s: cut off or damaged; "
            "the frames before were used"
        )
    if timeline.is_uneven:
        warnings.append("the frame rate varies; the times are those of the frames themselves")
    if len(choice.kept) < settings.count:
        warnings.append(
            f"only {len(choice.kept)} of {settings.count} frames: there are no more sharp and distinct ones; "
            "film longer, or lower --least-new, --every or --least-sharpness"
        )
    return warnings
