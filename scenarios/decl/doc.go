// Package decl reads YAML into Go structs that say what a file may hold. From
// one type come the decoding ([Decode]), which reports everything that is wrong
// with its line and column; the file's JSON Schema ([Schema]); its reference
// ([Reference]); and the way back ([Encode]). JSON is YAML, so the same types
// read what is posted to an HTTP interface.
//
// # Fields
//
// Every exported field of such a struct has the tag yaml, with its key, or "-"
// to leave it alone. Further tags:
//
//	doc      what it is, in one line
//	is       what it may be: "1-12", "0,550-574", "1+" for numbers; "peer|reset"
//	         for text; whatever its type understands for a [Decoder]. In lists
//	         and mappings it holds for each value.
//	keys     the same for the keys of a mapping
//	need     "yes": the key must be there
//	short    "yes", on one field: a scalar in place of the mapping sets this
//	         field alone; so does a list where the field takes one
//	one      "yes": a single value will do for a list of one
//	default  what holds when the key is absent; for the reference only
//
// A blank field documents the struct itself, and may name it:
//
//	_ struct{} `name:"rule" doc:"One thing that goes wrong."`
//
// An embedded struct's fields count as the struct's own. A pointer is nil when
// its key is absent. A field Pos of type [Pos] is set to where the value stood.
//
// # Types that read themselves
//
// A [Decoder] reads its own [Node]; [Schemer], [Describer] and [Encoder] say the
// rest of it. One that is a choice of keys says so as a [Chooser] and reads
// itself with [Node.Choose]. A [Checker] looks at a struct once it is read, an
// [Inspector] even if it could not be read.
// Mistakes in the tags are mistakes in the program, and panic.
package decl
