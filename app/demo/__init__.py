"""The invented districts of the demonstration: what is in them, and how do they get loaded?"""

from app.demo.describe import describe_demo
from app.demo.load import load_demo

__all__ = ["describe_demo", "load_demo"]
