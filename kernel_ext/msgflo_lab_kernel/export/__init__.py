"""Out of the notebook: scripts and projects of what its cells have defined.

cells          the cells that were run, in order
  ran            one of them, with what it has run out of sight
  magics         its magics, as far as they are Python
  files          the files that it has run
  halfway        how far it came, if it has failed
scripts        the script of one participant
  literals       plain values as source text
  travelling     what of the cells' values can be made anew elsewhere
  reads          what code reads that is not in it
  keeping        keeps secrets here
    secrets      what must be in no file, and where it stands: a folder
  problems       all that keeps a participant here, and what to do
  refusing       says so
  variables      the environment that code reads
  modules        files of people's own that code imports
  requirements   the distributions that code needs
  steady         what of it may be made a test of
projects       a whole network as a folder
  gathering      what it consists of
  processes      programs that the notebook has started
  naming         what its components are called
clients        a device of the network as a program for itself
back           a project's components as cells again
below          cells that are put into the notebook
"""
