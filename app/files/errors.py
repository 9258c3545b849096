"""What is refused of an upload."""

from app.kit.errors import DomainError, Kind


class EmptyFile(DomainError):
    kind, code = Kind.INVALID, "files.empty"
    sentence = "这个文件是空的，请重新选择。"


class FileTooLarge(DomainError):
    kind, code = Kind.INVALID, "files.too_large"
    sentence = "文件超过 {limit} MB，请压缩后再传。"


class TooManyFiles(DomainError):
    kind, code = Kind.INVALID, "files.too_many"
    sentence = "一次最多上传 {limit} 张照片，请分次或挑选后再传。"


class UnsupportedFile(DomainError):
    kind, code = Kind.INVALID, "files.unsupported"
    sentence = "这种文件收不了，请上传{allowed}。"


class UnreadablePicture(DomainError):
    kind, code = Kind.INVALID, "files.unreadable"
    sentence = "这张图片打不开，请重新拍一张。"


class TooManyPixels(DomainError):
    kind, code = Kind.INVALID, "files.too_many_pixels"
    sentence = "这张图片的尺寸太大，请用手机直接拍照上传。"


class PicturesBusy(DomainError):
    kind, code = Kind.UNAVAILABLE, "files.busy"
    sentence = "正在处理的图片太多，请过一会儿再传。"
