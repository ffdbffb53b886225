"""Writes the files of this folder with h5py and netCDF4, that is with the reference library: one file per generation of the format.

Every dataset follows the same rule, which the tests repeat: element i (counted in C order) is float(i * 7919 % 10007) / 8 - 600, or
i * 7919 % 100 - 50 for integers (plus 50 if unsigned). Where a dataset has an attribute "written", only the elements before that number
are written, the rest is the fill value 7.
"""

import zlib

import h5py
import netCDF4
import numpy as np


def rule(shape, dtype):
    i = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.int64)
    if np.dtype(dtype).kind == "f":
        x = (i * 7919 % 10007) / 8.0 - 600
    else:
        x = i * 7919 % 100 - (50 if np.dtype(dtype).kind == "i" else 0)
    return x.reshape(shape).astype(dtype)


def put(f, name, shape, dtype="<f8", **how):
    f.create_dataset(name, data=rule(shape, dtype), dtype=dtype, **how)


def raw(f, name, shape, layout=None, early=False, dtype="<f8"):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if layout == "compact":
        plist.set_layout(h5py.h5d.COMPACT)
    if isinstance(layout, tuple):
        plist.set_chunk(layout)
    if early:
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple(shape)
    d = h5py.h5d.create(f.id, name.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, plist)
    x = rule(shape, dtype)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, x)


def common(f):
    for t in ["<f8", ">f8", "<f4", ">f4", "i1", "u1", "<i2", ">i2", "<u2", "<i4", ">u4", "<i8", ">i8", "<u8"]:
        put(f, "plain " + t, (3, 5), t)
    raw(f, "compact", (2, 3), "compact")
    put(f, "scalar", ())
    f.create_dataset("never written", shape=(4, 4), dtype="<f8", fillvalue=7).attrs["written"] = 0
    f.create_dataset("nothing", shape=(0, 4), dtype="<f8", maxshape=(None, 4), chunks=(1, 4))
    put(f, "chunks", (7, 5, 9), chunks=(3, 2, 4))
    put(f, "deflate", (7, 5, 9), chunks=(3, 2, 4), compression="gzip")
    put(f, "deflate shuffle", (17, 9), ">f4", chunks=(5, 4), compression="gzip", shuffle=True)
    put(f, "all filters", (17, 9), chunks=(5, 4), compression="gzip", shuffle=True, fletcher32=True)
    put(f, "fletcher odd", (17, 3), "u1", chunks=(5, 3), fletcher32=True)
    d = f.create_dataset("part", shape=(100,), dtype="<f8", chunks=(10,), fillvalue=7)
    d[:30] = rule((30,), "<f8")
    d.attrs["written"] = 30
    d = f.create_dataset("filters skipped", (8,), dtype="<f8", chunks=(4,), compression="gzip", shuffle=True)
    d.id.write_direct_chunk((0,), rule((8,), "<f8")[:4].tobytes(), filter_mask=3)
    d.id.write_direct_chunk((4,), zlib.compress(rule((8,), "<f8")[4:].tobytes()), filter_mask=1)
    f.create_dataset("text", data=np.array([b"one", b"two"], dtype="S5"))
    f["plain <f8"].attrs["numbers"] = np.array([1.5, -2.5], dtype=">f4")
    f["plain <f8"].attrs["integer"] = np.int16(-3)
    f["plain <f8"].attrs["fixed"] = np.bytes_("fixed text")
    f["plain <f8"].attrs["variable"] = "variable text, ä"
    f["plain <f8"].attrs["none"] = h5py.Empty("S1")
    f["plain <f8"].attrs["texts"] = ["one", "", "three"]
    f["plain <f8"].attrs["compound"] = np.zeros(2, dtype=[("a", "<i4"), ("b", "<f8")])
    f["plain <f8"].attrs["reference"] = f["compact"].ref
    f["named type"] = np.dtype("<f4")
    d = f.create_dataset("of named type", (4,), dtype=f["named type"])
    d[:] = rule((4,), "<f4")
    d.attrs.create("also", 2.5, dtype=f["named type"])
    g = f.create_group("group")
    put(g, "within", (2, 2))
    for i in range(40):
        put(g, "child %02d" % i, (i % 4,), "<f4")
    f["soft"] = h5py.SoftLink("/compact")


with h5py.File("old.h5", "w", libver="earliest", userblock_size=1024) as f:
    common(f)

with h5py.File("new.h5", "w", libver="latest") as f:
    common(f)
    put(f, "single", (4, 6), chunks=(4, 6))
    put(f, "single deflate", (4, 6), chunks=(4, 6), compression="gzip")
    raw(f, "implicit", (7, 9), (3, 4), early=True)
    put(f, "fixed", (7, 9), chunks=(2, 2))
    put(f, "fixed larger", (7, 9), chunks=(2, 2), maxshape=(20, 30))
    put(f, "fixed pages", (3000,), "i1", chunks=(1,))
    d = f.create_dataset("fixed pages, part", shape=(9000,), dtype="i1", chunks=(1,), fillvalue=7)
    d[:5] = rule((5,), "i1")
    d.attrs["written"] = 5
    put(f, "extensible", (700,), "i1", chunks=(2,), maxshape=(None,))
    put(f, "extensible deflate", (100,), "i2", chunks=(3,), maxshape=(None,), compression="gzip")
    put(f, "extensible second", (3, 50, 4), "i2", chunks=(2, 3, 3), maxshape=(5, None, 9))
    d = f.create_dataset("extensible pages", shape=(140000,), dtype="i1", chunks=(1,), maxshape=(None,), fillvalue=7)
    d[:3] = rule((3,), "i1")
    d[139000] = 9  # its data block has pages
    d.attrs["written"] = 3
    d.attrs["nine"] = 139000
    put(f, "tree", (40, 50), "i1", chunks=(2, 2), maxshape=(None, None))
    put(f, "tree deflate", (14, 18), chunks=(5, 4), maxshape=(None, None), compression="gzip", shuffle=True)
    for i in range(60):
        f["compact"].attrs["attribute %02d" % i] = i
    f["compact"].attrs["long"] = np.bytes_("0123456789" * 900)
    f["compact"].attrs["longer"] = np.bytes_("abcdefghij" * 2000)
    f["single"].attrs["strings"] = ["string %04d" % i for i in range(1500)]
    g = f.create_group("many")
    for i in range(1500):
        g["link %04d" % i] = f["compact"]

with netCDF4.Dataset("netcdf.nc", "w", format="NETCDF4") as f:
    f.createDimension("M", 6)
    f.createDimension("N", None)
    for i in range(12):
        f.setncattr("Attribute%d" % i, "value %d" % i)
    v = f.createVariable("plain", "f8", ("M",))
    v[:] = rule((6,), "<f8")
    v = f.createVariable("records", "f4", ("N", "M"), zlib=True, shuffle=True, fletcher32=True)
    v[:] = rule((5, 6), "<f4")
    v.Units = "degree, degree, metre"
