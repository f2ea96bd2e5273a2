"""Hooks and optimizer wrappers."""

from .epoch_seed_hook import EpochSeedHook
from .optim_wrapper import Bf16OptimWrapper

__all__ = ['Bf16OptimWrapper', 'EpochSeedHook']
