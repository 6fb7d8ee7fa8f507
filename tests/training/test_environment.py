import pytest
import torch

from crackwise.training.environment import device_name


@pytest.mark.parametrize(
    ("can", "told"),
    [
        (["avx2", "avx512_f", "avx512_bf16", "amx_bf16"], " with AMX, "),
        (["avx2", "avx512_f", "avx512_bf16"], " with AVX-512 and bf16, "),
        (["avx2", "avx512_f"], " with AVX-512, "),
        (["avx2"], " with AVX2, "),
        (["asimd"], ""),
    ],
)
def test_the_device_names_the_instructions_on_which_speed_and_rounding_hang(monkeypatch, can, told):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(can, True))
    assert told in device_name()
    assert (" with " in device_name()) == bool(told)
