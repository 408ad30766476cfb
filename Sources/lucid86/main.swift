import CommandLineTool
import Glibc

exit(Lucid86.run(Array(CommandLine.arguments.dropFirst())))
