"""Tag the paragraphs of Chinese work reports by kind of work.

One module a step, in the order in which a report passes through them:

=================  ===========================================================================
``read``           a report file becomes a :class:`~pipeline.records.Document`
``structure``      a document becomes paragraphs, points and sentences under heading paths
``segment``        a sentence becomes words
``vectorise``      sentences in context become sparse TF-IDF rows
``classify``       rows become posteriors over categories and stages
``decode``         posteriors of neighbouring sentences inform each other, in document order
``tag``            posteriors become a table of tags
=================  ===========================================================================

``train`` and ``evaluate`` build and judge a model; ``model`` is its folder; ``labels`` and ``codebook`` hold what people coded
and what the codes mean; ``store`` writes tables; ``cli`` is the command line.
"""

__version__ = "0.1.0"
