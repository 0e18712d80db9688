"""The core on threads: QObjects that take requests and answer with signals. QtCore only."""
