"""Facts, each with its source and date: instance types and prices, accelerators, regions, versions, schemas, chart contents.

A fact stands here once; everything else asks.
"""
