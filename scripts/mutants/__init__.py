# SPDX-License-Identifier: Apache-2.0
"""Make small wrong changes to the package and report those that no test notices. ``make mutants SEED=1 COUNT=100``.

The mutation tools at hand run a whole suite for every change and neither sample by a seed nor pick tests by module;
here that is what keeps a run below half an hour. Every change is made in a copy of the tree, never in the tree itself.
"""
