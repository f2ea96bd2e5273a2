"""Names of the arguments that a class takes."""

from mmssl.apis.config.arguments import arguments


class Parent:
    def __init__(self, first, *, second=2):
        pass


class HandsOn(Parent):
    def __init__(self, own, **kwargs):
        super().__init__(own, **kwargs)


class Drops(Parent):
    def __init__(self, own, **kwargs):
        super().__init__(own)


class Keeps(Parent):
    def __init__(self, own, **kwargs):
        self.kept = kwargs
        super().__init__(own)


class Nothing:
    pass


def test_arguments_of_classes():
    assert arguments(Parent) == {'first', 'second'}
    assert arguments(HandsOn) == {'own', 'first', 'second'}
    assert arguments(Drops) == {'own'}
    assert arguments(Keeps) is None
    assert arguments(Nothing) == set()
