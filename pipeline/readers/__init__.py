"""Read one report file: one module a format, behind :mod:`pipeline.read`.

=============  ===============================================================================
``sniff``      tell what a file is by its content
``text``       plain text and its charset
``docx``       Word's own format: ``package`` the zip, ``word_styles``, ``numbering`` and
               ``number_formats`` the automatic numbers, ``word_body`` what stands in it
``pdf``        pages with a text layer: ``pdf_lines`` the lines, ``pdf_paragraphs`` their joining
``html``       web pages: ``html_tree`` the elements, ``html_main`` the article among the furniture
``markdown``   headings, lists and emphasis without their marks
``legacy``     .doc, .wps, .rtf, .odt through LibreOffice; ``ole`` looks into the old container
``tables``     .csv, .jsonl and, through ``sheets``, .xlsx and .xls: one report or paragraph a row
``traces``     what programs left in the text; ``furniture`` what web pages left
``isolate``    a child process for the parsers that are written in C and can't be interrupted
=============  ===============================================================================

A reader takes bytes or a path and gives :class:`~pipeline.readers.content.Content`; every fault is a
:class:`~pipeline.errors.ReadError`. Rows of tables become lines whose cells are joined by a tab.
"""
