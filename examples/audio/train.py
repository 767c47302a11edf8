"""Trains amp.nn's weights: the amplifier below is what the net learns to sound like. Needs PyTorch.

    python3 train.py    # half a minute on one core; writes amp.safetensors
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

TAPS, STEPS, BATCH = 32, 3000, 512


def amplifier(sound):
    """A smoothed and overdriven sound, harder above than below, as tubes have it."""
    window = torch.hann_window(2 * TAPS, periodic=False)[TAPS:].flip(0)
    smooth = F.conv1d(sound[None, None], (window / window.sum())[None, None])[0, 0]
    driven = 6 * smooth
    return torch.where(driven > 0, torch.tanh(driven), 0.8 * torch.tanh(driven / 0.8)) * 0.6


def sounds(samples):
    """Chords of sines at 44.1 kHz, each of its own loudness, with a little noise."""
    time = torch.arange(samples) / 44100
    pitch = 60 * 2 ** (6 * torch.rand(4, 1))
    chord = torch.sin(2 * torch.pi * pitch * time + 6.28 * torch.rand(4, 1)).mean(0)
    return chord * torch.rand(()) + 0.02 * torch.randn(samples)


def save_safetensors(path, state):
    """https://github.com/huggingface/safetensors#format: the header's length, a JSON header, the values."""
    header, data = {}, b""
    for name, value in sorted(state.items()):
        values = value.numpy().astype("<f4").tobytes()
        offsets = [len(data), len(data) + len(values)]
        header[name] = dict(dtype="F32", shape=list(value.shape), data_offsets=offsets)
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = nn.Sequential(
        OrderedDict(
            tone=nn.Linear(TAPS, 16),
            tanh0=nn.Tanh(),
            drive=nn.Linear(16, 8),
            tanh1=nn.Tanh(),
            level=nn.Linear(8, 1),
        )
    )
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        sound = sounds(BATCH + TAPS - 1)
        loss = F.mse_loss(net(sound.unfold(0, TAPS, 1))[:, 0], amplifier(sound))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        sound = sounds(44100)
        wanted = amplifier(sound)
        error = F.mse_loss(net(sound.unfold(0, TAPS, 1))[:, 0], wanted) / wanted.square().mean()
    print(f"error {10 * error.log10():.1f} dB")
    save_safetensors(Path(__file__).with_name("amp.safetensors"), net.state_dict())


main()
