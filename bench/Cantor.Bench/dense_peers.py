"""The closest of each of many vectors, by a peer: prints its name and the seconds, writes the ids as int32."""
import sys
import time

import numpy

peer, folder = sys.argv[1:3]
count, width, closest, threads = map(int, sys.argv[3:7])
vectors = numpy.fromfile(f"{folder}/vectors", dtype=numpy.float32).reshape(count, width)
if peer == "faiss":
    import faiss

    faiss.omp_set_num_threads(threads)
    name = "faiss flat"
    start = time.perf_counter()
    index = faiss.IndexFlatIP(width)
    index.add(vectors)
    ids = index.search(vectors, closest + 1)[1]
else:
    import hnswlib

    name = "hnswlib M=16 ef=100/60"
    start = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=width)
    index.init_index(max_elements=count, M=16, ef_construction=100, random_seed=1)
    index.set_num_threads(threads)
    index.add_items(vectors, num_threads=threads)
    index.set_ef(60)
    ids = index.knn_query(vectors, k=closest + 1, num_threads=threads)[0]
seconds = time.perf_counter() - start

# A vector is the closest to itself; where it is not among those found, the last goes.
own = ids == numpy.arange(count)[:, None]
own[~own.any(axis=1), -1] = True
ids[~own].reshape(count, closest).astype(numpy.int32).tofile(f"{folder}/ids")
print(f"{name}\t{seconds}")
