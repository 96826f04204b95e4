#!/usr/bin/python3
"""How long OpenCV with one thread takes for the same work. Usage: native.py video|image|jpeg FILE; prints JSON."""
import json, os, sys, time

# OpenCV gives its ffmpeg a thread for each processor, whatever it is told, so it gets only one processor.
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import cv2

cv2.setNumThreads(1)
job, path = sys.argv[1:]
if job == "video":
    capture, frames = cv2.VideoCapture(path), 0
    started = time.time()
    while capture.read()[0]:
        frames += 1
    print(json.dumps({"frames": frames, "ms": (time.time() - started) * 1000}))
else:
    picture, best = cv2.imread(path), 1e9
    for _ in range(5):
        started = time.time()
        cv2.imread(path) if job == "image" else cv2.imencode(".jpg", picture)
        best = min(best, (time.time() - started) * 1000)
    print(json.dumps({"ms": best}))
