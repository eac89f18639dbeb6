"""What gunicorn serves."""

from service import create_app
from service.settings import Settings

app = create_app(Settings.from_environment())
