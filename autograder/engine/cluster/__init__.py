"""Grading on a Dask cluster: the same jobs and the same ledger as on one machine.

The client (`client`) gives each place that grades one submission at a time; a Dask worker (`station`) keeps a
grading process beside itself (`service`), which does what `engine.local` does; the course travels as files
named by their content (`parcel`); `deployments` finds or starts the cluster. Student code runs in the grading
process's locked children only, and a worker's memory holds no TensorFlow.
"""
