"""Labelled material for judging staunch: true secrets where people leave them, and what only looks like them.

`generate` writes it, `score` holds the program to the committed figures, `negative` judges high findings on real trees.
Everything follows from a seed; no generated secret is kept in the repository.
"""
