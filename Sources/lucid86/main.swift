import CommandLineTool

Lucid86.main()
