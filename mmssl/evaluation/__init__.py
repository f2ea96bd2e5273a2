"""Metrics of sound source localization."""

from .evaluate import PROTOCOLS, EvaluationResult, evaluate

__all__ = ['PROTOCOLS', 'EvaluationResult', 'evaluate']
