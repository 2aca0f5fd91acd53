"""What others need to test their own engines, layers and models."""
