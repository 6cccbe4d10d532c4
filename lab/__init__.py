"""The practice web: a loopback name server and hundreds of sites, for rehearsals, the demo, tests and benchmarks."""
