"""A model's files, from the Hugging Face hub to S3."""
