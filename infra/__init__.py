"""What deploys the product (azure/), what makers import (power_platform/), what runs it here (local/)."""
