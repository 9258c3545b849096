"""How is the product started, tested and demonstrated from a checkout?

The composition root of developers and demonstrations. Nothing in ``app`` or
``wechat`` imports it, and production never needs it.
"""
