"""From a video to the frames worth labelling: sharp, and each of another view."""

from crackwise.data.frames.choose import FrameSettings
from crackwise.data.frames.files import FrameSet, VideoFrames, list_videos, rewrite_frames, write_frames

__all__ = ["FrameSet", "FrameSettings", "VideoFrames", "list_videos", "rewrite_frames", "write_frames"]
