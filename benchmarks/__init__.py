"""How fast scskit is, beside the least that could be written by hand.

``python -m benchmarks`` runs everything, ``python -m benchmarks --help`` lists what there is, and
``docs/performance.md`` says how the figures come about.
"""
