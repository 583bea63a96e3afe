"""From labelled texts to model folders: corpora, baseline, fine-tuning, calibration, export, evaluation.

The only home of torch, transformers and datasets; each is imported inside the function that needs it.
"""
