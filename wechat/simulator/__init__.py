"""What stands in for WeChat on your own machine?

The platform's API, its signed callbacks and people's phones, all on loopback.
The product talks to it exactly as it talks to the real platform.
"""
