"""WeChat Official Account (service account): template messages, customer-service text, callbacks in all three modes.

Sending stands in `client.py`, receiving in `callback.py` (which never imports an HTTP library), a provider to practise
with in `simulator/`. What changes with the world is data: `templates.json`, `codes.json`, `simulator/behaviours.json`.
Facts: developers.weixin.qq.com (Access Token, Template Message, Receiving Messages, Global Return Codes).
"""
