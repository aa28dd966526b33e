"""The resident's own record: the timeline, one entry, results, medicines, vaccinations, growth.

Start with ``timeline``; what the pages show are the values of ``views``, and ``plot`` draws.
"""
