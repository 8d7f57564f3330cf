"""Out of the notebook: scripts and projects of what its cells have defined.

cells          the cells that were run, in order
travelling     what of their values can be made anew elsewhere
modules        files of people's own that code imports
requirements   the distributions that code needs
steady         what of it may be made a test of
scripts        the script of one participant
projects       a whole network as a folder
back           its components as cells again
below          cells that are put into the notebook
"""
