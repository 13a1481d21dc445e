// SPDX-License-Identifier: Apache-2.0
import ObjectStorage
import Testing

@Suite("XML of S3's answers")
struct XMLTests {
    private func root(_ text: String) -> XMLElement? { XMLElement.root(of: Array(text.utf8)) }

    @Test("elements, text, references, attributes, name spaces")
    func reads() throws {
        let text = """
            <?xml version="1.0" encoding='UTF-8'?>
            <s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" b = 'x"y'>
              <Key>a&amp;b&#34;&#x20AC;&lt;&gt;&apos;&quot; </Key><Empty/><Empty></Empty >
              <s3:In><Key>deep</Key></s3:In>
            </s3:List>

            """
        let list = try #require(root(text))
        #expect(list.name == "List")
        #expect(list.string("Key") == "a&b\"€<>'\" ")
        #expect(list.all("Empty").count == 2)
        #expect(list.string("Empty") == nil)
        #expect(list.all("In").first?.string("Key") == "deep")
        #expect(list.text.isEmpty)
    }

    @Test(
        "what no store writes is refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a><b></a></b>", "</a>", "<a/>x", "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "<a>&e;</a>", "<a>&#xD800;</a>",
            "<a>&#;</a>", "<a>&#+65;</a>", "<a>&amp</a>", "<a>&</a>", "<a><!-- c --></a>",
            "<a><![CDATA[x]]></a>", "<a b></a>", "<a b=c></a>", "<a b=\"<\"></a>", "< a/>",
            "<a><?p?></a>", "<?xml version=\"1.0\"", "<a b=\"", "<a>x",
            String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
        ])
    func refuses(text: String) { #expect(root(text) == nil) }

    @Test("deep nesting ends at once, wherever it ends")
    func nesting() {
        #expect(root(String(repeating: "<a>", count: 1_000_000)) == nil)
    }

    @Test("text is escaped, and what XML cannot say is told")
    func escapes() {
        #expect(xmlText("a&b<c>d\"é\n") == "a&amp;b&lt;c&gt;d\"é&#10;")
        #expect(xmlText("a\u{1}") == nil)
    }
}
