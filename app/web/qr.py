"""How does a QR code get onto a page? As a picture inside its own address, which the policy allows."""

import base64

from app.kit.printing import qr_svg


def qr_image(content: str) -> str:
    """For `src` of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(content).encode()).decode()
