// Package view shows a running pipeline in a browser: what streams carry as pictures that scroll, how loud the sound is,
// who fires how often, how the run keeps up, and its parameters, which can be changed there.
//
// A [Server] serves one page with everything it needs, and a web socket over which the pictures come. Streams are drained
// by its sinks ([Server.Level], [Server.Bank], [Server.Raster]), which reduce what they see to columns of at most 256
// bytes, 100 a second, so that a page costs the same whatever the size of the bank. A page that is too slow never stops
// the run: columns that it has not taken are dropped, oldest first, and counted ([Server.Lost]).
//
// The page is for the one who started the run. Every request carries a token that is in the address of the page; the names
// by which the server may be called (Host) and the pages that may ask (Origin) are checked, so that neither another page
// in the same browser nor a name that points here reaches it. By default it listens on the loopback interface alone.
package view
